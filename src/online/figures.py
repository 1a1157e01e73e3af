"""Whether one course of answers was better than another on the same rows, with blocks of whole weeks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

WEEK = 7 * 86_400
# Below so many weeks their spread says nothing.
LEAST_WEEKS = 4


@dataclass(frozen=True)
class Difference:
    """A share of the base rate's loss: a skill, or the difference of two.

    Attributes:
        value: in shares of 1; None without a row.
        error: its standard error over weeks; None below four of them.
    """

    value: float | None
    error: float | None


@dataclass(frozen=True)
class WeeklyLosses:
    """Sums of log losses by week; weeks are seven days from the first candle on.

    Attributes:
        losses: by name, (w,) nats.
        rows: (w,) of each week.
    """

    losses: dict[str, Values]
    rows: NDArray[np.int64]

    def mean(self, name: str) -> float | None:
        """Nats a row."""
        rows = int(self.rows.sum())
        return float(self.losses[name].sum() / rows) if rows else None

    def gain(self, of: str, against: str, base: str) -> Difference:
        """How much less ``of`` lost than ``against``, as a share of what ``base`` lost; a skill where both are equal.

        For the sums G and B over weeks w: G / B, with the error of a ratio of sums (linearised),
        √(W / (W − 1) Σ (G_w − G/B · B_w)²) / B.
        """
        gained, lost = self.losses[against] - self.losses[of], self.losses[base]
        weeks = len(lost)
        if not weeks:
            return Difference(None, None)
        ratio = float(gained.sum() / lost.sum())
        if weeks < LEAST_WEEKS:
            return Difference(ratio, None)
        rest = gained - ratio * lost
        return Difference(ratio, float(np.sqrt(weeks / (weeks - 1) * (rest**2).sum()) / lost.sum()))


def weekly_losses(opened: NDArray[np.int64], losses: dict[str, Values]) -> WeeklyLosses:
    """Of (n,) log losses by name, at candles that opened at (n,) epoch seconds."""
    week, place = np.unique((opened - opened[:1]) // WEEK, return_inverse=True)
    sums = {name: np.bincount(place, values, minlength=len(week)).astype("float64") for name, values in losses.items()}
    return WeeklyLosses(sums, np.bincount(place, minlength=len(week)))
