"""Drift of the inputs: the newest rows against the training rows, judged by how training itself changed over time.

Hourly inputs follow each other closely, so the p-value that a textbook gives a Kolmogorov-Smirnov distance is far too
small: half of all months would "drift". The distances are therefore compared with those of earlier windows of the
training rows, each taken against the rows before it, as the newest window is. One test for all inputs together, the
largest of their distances, each as a score of its own past (Westfall and Young, Resampling-Based Multiple Testing,
1993), so that eleven inputs do not ring eleven times as often as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.core.errors import UserError

Values = NDArray[np.float64]

BINS = 10
# A bin without rows would make the index infinite.
LEAST_SHARE = 1e-4
# Windows of the past overlap: so many begin within the length of one.
STARTS = 8
# Below so many earlier windows, or so few rows in one, nothing can be judged.
LEAST_WINDOWS = 20
LEAST_ROWS = 100
# Of the logarithm of a distance: an input that never varied is no reason to divide by 0.
LEAST_SPREAD = 0.01
LEAST_DISTANCE = 1e-9


@dataclass(frozen=True)
class InputDrift:
    """One input of the newest window.

    Attributes:
        name: of the input.
        ks: Kolmogorov-Smirnov distance to the training rows, 0 to 1.
        psi: population stability index over ten bins of equally many training rows, ≥ 0.
        ks_limit, psi_limit: above which the input alone shows the drift.
    """

    name: str
    ks: float
    psi: float
    ks_limit: float
    psi_limit: float

    @property
    def drifted(self) -> bool:
        """Whether this input shows it."""
        return self.ks > self.ks_limit or self.psi > self.psi_limit


@dataclass(frozen=True)
class InputsVerdict:
    """All inputs: ``p_value`` is the share of earlier windows that were at least as far off (the newest included)."""

    inputs: tuple[InputDrift, ...]
    p_value: float
    windows: int
    drifted: bool


class InputHistory:
    """How far windows of the training rows were from the rows before them.

    Args:
        training: (n, k), oldest first.
        bars: rows of a window.
        names: of the k inputs.

    Raises:
        UserError: too few rows to judge by.
    """

    def __init__(self, training: Values, bars: int, names: Sequence[str]) -> None:
        past = np.log(past_distances(training, bars)) if bars <= len(training) // 2 else np.empty((0, 0))
        if bars < LEAST_ROWS or len(past) < LEAST_WINDOWS:
            raise UserError(
                f"{len(training)} training rows are too few to judge {bars} new ones: at least {LEAST_ROWS} new ones "
                f"are needed, and {LEAST_WINDOWS} windows of that length in the second half of training; set "
                "`drift.rows` of deploy/live.yaml."
            )
        self._before = np.sort(training, axis=0)
        self._names = tuple(names)
        # Distances are skewed, their logarithms nearly not.
        low, self._middle, high = np.quantile(past, [0.25, 0.5, 0.75], axis=0)
        self._spread = np.maximum(high - low, LEAST_SPREAD)
        self._largest = self._scores(past).max(axis=1)

    def judge(self, newest: Values, alpha: float) -> InputsVerdict:
        """Whether ``newest`` (bars, k), later than all training rows, is further off than the windows of training were.

        ``alpha`` is the share of undrifted windows that may be told as drifted.
        """
        found = distances(self._before, newest)
        own = float(self._scores(np.log(found)).max())
        p_value = (1 + int((self._largest >= own).sum())) / (1 + len(self._largest))
        highest = np.quantile(self._largest, 1 - alpha, method="higher")
        limits = np.exp(self._middle + self._spread * highest)
        told = zip(self._names, found.reshape(2, -1).T.tolist(), limits.reshape(2, -1).T.tolist(), strict=True)
        inputs = tuple(InputDrift(name, *values, *limit) for name, values, limit in told)
        return InputsVerdict(inputs, p_value, len(self._largest), p_value <= alpha)

    def _scores(self, logarithms: Values) -> Values:
        scores: Values = (logarithms - self._middle) / self._spread
        return scores


def past_distances(training: Values, bars: int) -> Values:
    """(w, 2k) ``distances`` of windows of ``bars`` rows in the second half of ``training`` to the rows before each."""
    starts = range(len(training) // 2, len(training) - bars + 1, max(1, bars // STARTS))
    return np.array([distances(np.sort(training[:start], axis=0), training[start : start + bars]) for start in starts])


def distances(before: Values, window: Values) -> Values:
    """(2k,) the Kolmogorov-Smirnov distances of the k inputs, then their population stability indices.

    Each column of ``before`` ascends.
    """
    pairs = [(before[:, column], window[:, column]) for column in range(before.shape[1])]
    ks = [kolmogorov_smirnov(*pair) for pair in pairs]
    psi = [stability_index(*pair) for pair in pairs]
    return np.maximum(ks + psi, LEAST_DISTANCE)


def kolmogorov_smirnov(before: Values, window: Values) -> float:
    """The largest distance of the two empirical distributions, as ``scipy.stats.ks_2samp``.

    Args:
        before: ascending; sorted once for many windows, which is why scipy is only the reference of the test.
        window: in any order.
    """
    ordered = np.sort(window)
    places = np.concatenate([before, ordered])
    shares = [np.searchsorted(values, places, side="right") / len(values) for values in (before, ordered)]
    return float(np.abs(shares[0] - shares[1]).max())


def stability_index(before: Values, window: Values) -> float:
    """Σ (actual − expected) ln(actual / expected) over ten bins of equally many rows of ``before`` (ascending).

    Source: Siddiqi, Credit Risk Scorecards (2006); the usual reading is that 0.1 is a small and 0.25 a large shift.
    """
    edges = np.unique(before[np.linspace(0, len(before) - 1, BINS + 1).astype(int)[1:-1]])
    expected, actual = (
        np.maximum(
            np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) / len(values),
            LEAST_SHARE,
        )
        for values in (before, window)
    )
    return float(((actual - expected) * np.log(actual / expected)).sum())
