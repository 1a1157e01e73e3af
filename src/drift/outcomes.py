"""Drift of the outcomes: does the model lose more, against the newest base rate, than it did out of fold?

Judged is the excess loss, log loss of the model − log loss of answering the share of rises among the last weeks. The
plain loss follows the market's volatility; the excess falls to the model alone, and is below 0 while it earns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.core.errors import UserError
from src.evaluation.figures import with_error
from src.live.figures import log_losses

Values = NDArray[np.float64]

# Rows after which an outcome counts half in the base rate: a month of hours.
HALF_LIFE = 720
# Outcomes resemble those of the same week; whole weeks are drawn when the limit is set.
BLOCK = 168
REPLAYS = 1000
SEED = 20
# Excess per row that is let pass, as a share of the standard deviation: what a slow decay may cost (Page 1954).
SLACK = 0.02
# The detector learns its mean on so many rows of the reference before the first new one.
LEAD = 2000
# Four weeks to draw from.
LEAST_ROWS = 4 * BLOCK
_CLIP = 1e-6


@dataclass(frozen=True)
class OutcomesVerdict:
    """What Page and Hinkley's test says.

    Attributes:
        rows: new rows with a known outcome.
        excess: their mean excess loss, nats; below 0 the model earns.
        excess_se: its standard error over weeks; None below four.
        reference: the mean excess loss out of fold.
        limit: the sum above which the test rings.
        alarm: position of the first new row at which it rang; None while it did not.
        weekly: mean excess of each whole week of new rows.
    """

    rows: int
    excess: float
    excess_se: float | None
    reference: float
    limit: float
    alarm: int | None
    weekly: tuple[float, ...]

    @property
    def drifted(self) -> bool:
        """Whether it rang."""
        return self.alarm is not None

    @property
    def shown(self) -> str:
        """The mean excess loss with its standard error, where there is one."""
        if self.excess_se is None:
            return f"{self.excess:+.4f}"
        return with_error(self.excess, self.excess_se, 4, signed=True)


def excess_loss(probability: Values, outcome: Values, first_rate: float, half_life: float = HALF_LIFE) -> Values:
    """(n,) log loss of each row less that of the base rate known before it, nats.

    Args:
        probability: (n,) of a rise, oldest first.
        outcome: (n,) of 0 and 1.
        first_rate: share of rises before the first row.
        half_life: rows after which an outcome counts half.
    """
    keep = 0.5 ** (1 / half_life)
    rates = np.empty(len(outcome))
    rate = first_rate
    for row, seen in enumerate(outcome):
        rates[row] = rate
        rate = keep * rate + (1 - keep) * seen
    told, base = (np.clip(values, _CLIP, 1 - _CLIP) for values in (probability, rates))
    return log_losses(outcome, told) - log_losses(outcome, base)


def judge_outcomes(reference: Values, new: Values, alpha: float) -> OutcomesVerdict:
    """Page and Hinkley's test on ``new``, with a limit that undrifted replays of ``reference`` exceed ``alpha`` times.

    Args:
        reference: (n,) excess losses out of fold, oldest first.
        new: (m,) excess losses since, oldest first.
        alpha: chance of an alarm within so many rows as ``new`` has, where nothing drifts.

    Raises:
        UserError: too few rows to set a limit by.
    """
    from river.drift import PageHinkley

    if len(reference) < LEAST_ROWS:
        raise UserError(f"{len(reference)} rows out of fold are too few to judge losses by; {LEAST_ROWS} are needed.")
    limit = alarm_limit(reference, len(new), alpha)
    test = PageHinkley(min_instances=1, delta=_slack(reference), threshold=limit, alpha=1.0, mode="up")
    lead = _centred_lead(reference)
    alarm = None
    for place, value in enumerate(np.concatenate([lead, new])):
        test.update(float(value))  # type: ignore[no-untyped-call]
        if test.drift_detected and place >= len(lead):
            alarm = place - len(lead)
            break
    weeks = [float(new[start : start + BLOCK].mean()) for start in range(0, len(new) - BLOCK + 1, BLOCK)]
    return OutcomesVerdict(
        rows=len(new),
        excess=float(new.mean()) if len(new) else 0.0,
        excess_se=float(np.std(weeks, ddof=1) / np.sqrt(len(weeks))) if len(weeks) >= 4 else None,
        reference=float(reference.mean()),
        limit=limit,
        alarm=alarm,
        weekly=tuple(weeks),
    )


def alarm_limit(reference: Values, rows: int, alpha: float) -> float:
    """The (1 − alpha) quantile of the test's largest sum over ``rows`` rows, drawn in weeks from ``reference``."""
    rng = np.random.default_rng(SEED)
    drawn = reference[weeks_drawn(rng, len(reference), rows, REPLAYS)]
    return float(np.quantile(largest_sum(_centred_lead(reference), drawn, _slack(reference)), 1 - alpha))


def weeks_drawn(rng: np.random.Generator, rows: int, wanted: int, replays: int) -> NDArray[np.int64]:
    """(replays, wanted) row numbers below ``rows``: whole weeks one after the other, each from anywhere."""
    blocks = -(-wanted // BLOCK) if wanted else 0
    starts = rng.integers(0, rows - BLOCK + 1, size=(replays, blocks, 1))
    return (starts + np.arange(BLOCK)).reshape(replays, -1)[:, :wanted]


def largest_sum(lead: Values, drawn: Values, slack: float) -> Values:
    """(r,) the largest sum of Page and Hinkley's test over each of (r, m) ``drawn`` rows, after ``lead``."""
    mean, total, lowest = 0.0, 0.0, np.inf
    for count, value in enumerate(lead, start=1):
        mean += (value - mean) / count
        total += value - mean - slack
        lowest = min(lowest, total)
    means, totals, lows = (np.full(len(drawn), start) for start in (mean, total, lowest))
    largest = np.full(len(drawn), -np.inf)
    for count, values in enumerate(drawn.T, start=len(lead) + 1):
        means += (values - means) / count
        totals += values - means - slack
        lows = np.minimum(lows, totals)
        largest = np.maximum(largest, totals - lows)
    return largest


def _centred_lead(reference: Values) -> Values:
    """What the test learns its mean on: the reference's own mean, so that a lucky month sets no bar."""
    return np.full(LEAD, reference.mean())


def _slack(reference: Values) -> float:
    return float(SLACK * reference.std())
