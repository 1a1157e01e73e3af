"""What a version's predictions were worth, from the rows of the journal: skill, Brier score, calibration, equity.

The definitions are those of src/evaluation, with two choices that a live journal asks for.

*Base rate*: the share of rises among the very rows that are scored. It is known only afterwards, so it is the strictest
constant to be compared with: a version earns no skill for a training market that was livelier than today's. The
walk-forward figures take the share in the training rows, so they are a little easier to reach.

*Standard error*: over weeks. Hours and days resemble each other. On the 16,854 walk-forward rows of the bundled candles
the error of the skill is 0.0037 over hours, 0.0045 over days, 0.0080 over weeks and 0.0159 over quarters: a few weeks
cannot tell how other seasons will be, and the error over weeks is too small by up to half.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from src.rollout.evidence import error_of_sum, weeks_of

Values = NDArray[np.float64]

# Below so many rows a skill says nothing, and a bin of the calibration holds no fewer.
LEAST_ROWS = 30
CALIBRATION_BINS = 10
# A screen shows no more.
EQUITY_POINTS = 1000


class Row(Protocol):
    """A prediction with its outcome.

    Attributes:
        opened: of the candle, epoch seconds.
        probability: of a rise; None where there was no answer.
        decision: `rise`, `none`, `abstain` or `missed`.
        outcome: 1 after a rise, else 0; None while not known.
    """

    @property
    def opened(self) -> int: ...
    @property
    def probability(self) -> float | None: ...
    @property
    def decision(self) -> str: ...
    @property
    def outcome(self) -> int | None: ...


class Price(Protocol):
    """A candle: when it opened, epoch seconds, and at which price."""

    @property
    def opened(self) -> int: ...
    @property
    def open(self) -> float: ...


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of similar probability.

    Attributes:
        n: rows.
        probability: their mean probability.
        rate: the share of them that rose.
        low, high: Wilson's interval of the rate, one standard error wide to each side.
    """

    n: int
    probability: float
    rate: float
    low: float
    high: float


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """What one version's predictions were worth.

    Attributes:
        since: open of the first candle it answered for, epoch seconds; None before.
        predictions: rows, of which `missed` and `abstained` have no probability.
        scored: rows with a probability and a known outcome; all scores are of these.
        rises: of them, how many were decided `rise`.
        base_rate: share of the scored rows that rose.
        brier: mean squared difference of probability and outcome.
        skill: 1 − log loss / log loss of always answering ``base_rate``; None below 30 rows, or where only one of
            both outcomes was seen.
        skill_se: its standard error over ``weeks``; None below 4 of them.
        weeks: blocks of seven days from the first scored row on that hold rows.
        calibration: bins of equally many rows, by probability: ten from 300 rows on, before that one for 30 rows.
        calibration_error: mean |probability − rate| over the bins, by rows; None without bins.
        equity: `(moment, value)`: what 1 became after costs, long while the decision is `rise`.
        hold: likewise, always long.
        orders: buys and sells, the last position's sale included.
    """

    since: int | None
    predictions: int
    missed: int
    abstained: int
    scored: int
    rises: int
    base_rate: float | None
    brier: float | None
    skill: float | None
    skill_se: float | None
    weeks: int
    calibration: tuple[Bin, ...]
    calibration_error: float | None
    equity: tuple[tuple[int, float], ...]
    hold: tuple[tuple[int, float], ...]
    orders: int


def version_scores(rows: Sequence[Row], candles: Sequence[Price], cost: float) -> Scores:
    """The scores of one version.

    Args:
        rows: all of one version, oldest first, at most one a candle.
        candles: those of the same time, oldest first.
        cost: fraction of the traded value that one order loses: fee + slippage.
    """
    known = [row for row in rows if row.probability is not None and row.outcome is not None]
    opened = np.array([row.opened for row in known], dtype=np.int64)
    probability = np.array([row.probability for row in known], dtype=np.float64)
    outcome = np.array([row.outcome for row in known], dtype=np.float64)
    skill, error, weeks = log_loss_skill(opened, probability, outcome)
    bins = calibration(probability, outcome)
    equity, hold, orders = equities(rows, candles, cost)
    return Scores(
        since=next((row.opened for row in rows if row.probability is not None), None),
        predictions=len(rows),
        missed=sum(row.decision == "missed" for row in rows),
        abstained=sum(row.decision == "abstain" for row in rows),
        scored=len(known),
        rises=sum(row.decision == "rise" for row in known),
        base_rate=float(outcome.mean()) if known else None,
        brier=float(((probability - outcome) ** 2).mean()) if known else None,
        skill=skill,
        skill_se=error,
        weeks=weeks,
        calibration=bins,
        calibration_error=_calibration_error(bins),
        equity=equity,
        hold=hold,
        orders=orders,
    )


def log_loss_skill(
    opened: NDArray[np.int64], probability: Values, outcome: Values
) -> tuple[float | None, float | None, int]:
    """The skill, its standard error over weeks, and the number of weeks.

    The skill is 1 − A / B for the sums A and B of both losses. Its error is that of a ratio of sums over weeks w
    (linearised): √(W / (W − 1) Σ (A_w − A/B · B_w)²) / B.

    Args:
        opened: (n,) epoch seconds, ascending.
        probability: (n,) of a rise.
        outcome: (n,) of 0 and 1.
    """
    if not len(opened):
        return None, None, 0
    week = weeks_of(opened)
    weeks = int(week.max()) + 1
    base_rate = outcome.mean()
    if len(opened) < LEAST_ROWS or base_rate in (0, 1):
        return None, None, weeks
    losses = log_losses(outcome, probability)
    reference = log_losses(outcome, np.full(len(outcome), base_rate))
    ratio = losses.sum() / reference.sum()
    error = error_of_sum(week, losses - ratio * reference)
    return float(1 - ratio), None if error is None else error / float(reference.sum()), weeks


def log_losses(outcome: Values, probability: Values) -> Values:
    """(n,) − log of the probability that was given to what came; as scikit-learn, never of less than 2.2e-16."""
    edge = np.finfo(np.float64).eps
    told = np.clip(probability, edge, 1 - edge)
    return -np.log(np.where(outcome == 1, told, 1 - told))


def calibration(probability: Values, outcome: Values) -> tuple[Bin, ...]:
    """Bins of equally many rows, ordered by probability."""
    count = min(CALIBRATION_BINS, len(probability) // LEAST_ROWS)
    if not count:
        return ()
    order = np.argsort(probability, kind="stable")
    return tuple(_bin(probability[part], outcome[part]) for part in np.array_split(order, count))


def _bin(probability: Values, outcome: Values) -> Bin:
    n, rate = len(outcome), float(outcome.mean())
    # Wilson's interval with z = 1.
    middle, half = (rate + 0.5 / n) / (1 + 1 / n), float(np.sqrt(rate * (1 - rate) / n + 0.25 / n**2)) / (1 + 1 / n)
    return Bin(n=n, probability=float(probability.mean()), rate=rate, low=middle - half, high=middle + half)


def _calibration_error(bins: Sequence[Bin]) -> float | None:
    rows = sum(one.n for one in bins)
    return sum(abs(one.probability - one.rate) * one.n for one in bins) / rows if rows else None


Curve = tuple[tuple[int, float], ...]


def equities(rows: Sequence[Row], candles: Sequence[Price], cost: float) -> tuple[Curve, Curve, int]:
    """The decisions and holding after costs, and the number of orders; as src/evaluation/backtest.py follows them.

    Decided at a candle's close, executed at the next candle's open, valued at each open after it. Without a decision
    (missed, abstained) the position is kept. The last value is after a sale. Both curves are empty before there are two
    opens after the first decision.
    """
    decided = {row.opened: float(row.decision == "rise") for row in rows if row.decision in ("rise", "none")}
    if not decided:
        return (), (), 0
    from_first = [candle for candle in candles if candle.opened >= min(decided)]
    opens = np.array([candle.open for candle in from_first[1:]], dtype=np.float64)
    moments = [candle.opened for candle in from_first[1:]]
    if len(opens) < 2:
        return (), (), 0
    position = np.empty(len(opens) - 1)
    held = 0.0
    for i in range(len(position)):
        held = position[i] = decided.get(from_first[i].opened, held)
    growth = opens[1:] / opens[:-1] - 1
    orders = int(np.abs(np.diff(position, prepend=0.0)).sum() + position[-1])
    always = np.ones(len(position))
    return _curve(position, growth, moments, cost), _curve(always, growth, moments, cost), orders


def _curve(position: Values, growth: Values, moments: Sequence[int], cost: float) -> Curve:
    paid = 1 - cost * np.abs(np.diff(position, prepend=0.0))
    paid[-1] *= 1 - cost * position[-1]
    value = np.concatenate([[1.0], np.cumprod((1 + position * growth) * paid)])
    shown = np.unique(np.linspace(0, len(value) - 1, min(len(value), EQUITY_POINTS)).round().astype(int))
    return tuple((moments[i], float(value[i])) for i in shown)
