"""The rows of the journal. Times are whole seconds since 1970 (UTC) unless a line says otherwise."""

import msgspec

from src.live.answering.answer import Answer

# `reason` of a candle that nobody answered in time; the other reasons are the window guard's, and `error`.
MISSED = "missed"


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """Whose candles the journal holds: one market, one timeframe.

    Attributes:
        exchange: as ccxt names it.
        symbol: as BTC/JPY.
        timeframe: seconds of one candle.
    """

    exchange: str
    symbol: str
    timeframe: int


class Candle(msgspec.Struct, frozen=True):
    """A closed candle as it was first seen."""

    opened: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What one version said of one candle; written once, never changed.

    Attributes:
        number: of the row; later rows have larger ones.
        opened: of the candle.
        version, step, share: as in ``Answer``; the share is 0 while halted, and for a missed candle.
        probability: None where there is no answer; then ``reason`` says why.
        probability_move, probability_direction: where the graph has them.
        volatility, position: as in ``Answer``; None in rows of releases before there were any.
        decision: `rise`, `none`, `abstain`, or `missed`.
        reason: None, one of the guard's, `error` (the graph failed), or `missed` (nobody answered in time).
        sentence, outside, older_holes: as in ``Verdict``.
        made_at: seconds since 1970, by the exchange's clock.
        age: seconds from the candle's close to ``made_at``.
        latency: seconds that guard and graph took; None for a missed candle.
        trading_ready, trading_reason, proof: as in ``Answer``.
        graph_md5: of the graph that answered.
        horizon, threshold: of its target: bars, and a fraction of the close. They name its ``Outcome``.
        event: number of the audit event that seals this row.
    """

    number: int
    opened: int
    version: str
    step: str | None
    share: float
    probability: float | None
    probability_move: float | None
    probability_direction: float | None
    decision: str
    reason: str | None
    sentence: str | None
    outside: tuple[str, ...]
    older_holes: int
    made_at: float
    age: float
    latency: float | None
    trading_ready: bool
    trading_reason: str
    proof: str
    graph_md5: str
    horizon: int
    threshold: float
    event: int
    volatility: float | None = None
    position: float | None = None

    def answer(self, timeframe: int) -> Answer:
        """The same as the ``Answer`` that was given; ``timeframe`` in seconds."""
        from src.live.answering.window import iso

        shared = {name: getattr(self, name) for name in Answer.__struct_fields__ if name not in ("opened", "closed")}
        return Answer(opened=iso(self.opened), closed=iso(self.opened + timeframe), **shared)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a candle; never over a gap: where a candle is missing it stays unknown, and has no row.

    Attributes:
        number: of the row; later rows have larger ones.
        opened: of the candle that was predicted from.
        horizon: bars from its close to the close that was predicted.
        threshold: fraction of the close.
        change: the later close / this close − 1.
        label: 1 where the later close is more than the threshold above, else 0.
    """

    number: int
    opened: int
    horizon: int
    threshold: float
    change: float
    label: int


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the audit log, chained to the one before.

    Attributes:
        number: 1, 2, 3, … without a hole.
        made_at: seconds since 1970, with fractions.
        who: as `runner`, or the user that typed the command.
        what: `start`, `stop`, `loaded`, `unloaded`, `refused`, `answers`, `missed`, `halt`, `resume`, `rollback`,
            `promotion`.
        why: a reason in words; empty where there is nothing to say.
        details: JSON object, by ``what``.
        before: `hash` of the row before; 64 zeros for the first.
        hash: sha256 of all of the above (``src.live.journal.audit``).
    """

    number: int
    made_at: float
    who: str
    what: str
    why: str
    details: str
    before: str
    hash: str


class Pair(msgspec.Struct, frozen=True):
    """Two versions on one candle whose outcome is known."""

    opened: int
    first: float
    second: float
    label: int
    change: float


class Standing(msgspec.Struct, frozen=True):
    """How a version stands at the newest candle.

    Attributes:
        version, step: as in the row of that candle.
        answered: open time of the newest candle with a probability; None before the first.
        probability: of that candle.
        unanswered: candles since then, without one.
    """

    version: str
    step: str | None
    answered: int | None
    probability: float | None
    unanswered: int
