"""What is said of one candle: the guard's verdict, and each version's answer."""

import msgspec


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the window guard says of a window.

    Attributes:
        reason: None, or why no answer is given: `timeframe`, `short`, `hole`, `open`, `stale`, `future`, `broken`,
            `outside`.
        sentence: the same for a person: what is wrong, where, what to do.
        outside: features outside their training range.
        older_holes: missing candles in the window beyond the newest `guard.contiguous` ones; they are only told.
    """

    reason: str | None = None
    sentence: str | None = None
    outside: tuple[str, ...] = ()
    older_holes: int = 0

    @property
    def abstains(self) -> bool:
        """Whether no answer is given."""
        return self.reason is not None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one version says of one closed candle.

    Attributes:
        opened: open time of the newest closed candle, ISO 8601 UTC.
        closed: its close time.
        version: as v1.2.0; `checkout` for the graph of a checkout.
        step: of the rollout; None for a graph that no step runs.
        share: of the stake that this version has, 0 to 1.
        probability: of a rise above the target's threshold; None where the guard abstains.
        probability_move, probability_direction: where the graph has them.
        volatility: the deviation of the next bar's return, a fraction of the price; None where the version has no
            forecast of it, or there are too few candles.
        position: share of the stake to hold for that volatility, 0 to 1; None without ``volatility``.
        decision: `rise` where the probability reaches the decision threshold, else `none`; `abstain`.
        reason, sentence: why it abstains (``Verdict``).
        outside: features outside the training range.
        age: seconds from the candle's close to the answer.
        trading_ready: whether this version's orders earned their costs out of sample.
        trading_reason: the sentence for it.
        proof: `proven`, or `unaltered since fetch` while the git remote cannot be asked.
    """

    opened: str
    closed: str
    version: str
    step: str | None
    share: float
    probability: float | None
    decision: str
    age: float
    trading_ready: bool
    trading_reason: str
    proof: str
    probability_move: float | None = None
    probability_direction: float | None = None
    volatility: float | None = None
    position: float | None = None
    reason: str | None = None
    sentence: str | None = None
    outside: tuple[str, ...] = ()
    older_holes: int = 0
