"""How strongly the outcomes speak against a version: an e-process on the difference of two Brier scores.

Choe and Ramdas, "Comparing Sequential Forecasters" (Operations Research, 2024), test whether one forecaster has the
larger mean loss, with a look after every candle and no model of the market. For the probabilities p of the judged
version and q of another one, the outcome y and δ = (p − y)² − (q − y)²,

    e_t = ∫₀¹ ∏ (1 + λ δᵢ) e^λ dλ / (e − 1)    over the candles i = 1 … t.

δ ≥ −1, so no factor is negative. Where the mean of the expected differences never was above 0, P(ever e_t ≥ 1/a) ≤ a:
with Δ for the expectation of δ given the past, ∏ (1 + λδ) / (1 + λΔ) is a martingale with mean 1, and
∏ (1 + λΔ) ≤ exp(λ ΣΔ) ≤ 1; Ville's inequality says the rest. Their sub-exponential process, mixed with the same
density (gamma-exponential, its rho 1), has exp(λδ − ψ(λ)δ²) in the place of 1 + λδ, with ψ(λ) = −log(1 − λ) − λ.
That is never larger (Fan, Grama and Liu, 2015), so this one alarms no later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

WEEK = 7 * 86_400
# Below so many weeks their spread says nothing.
LEAST_WEEKS = 4
# The integral by Gauss and Legendre. A finite mixture of bets λ keeps the promise exactly, however few they are.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
BETS: Values = (_NODES + 1) / 2
WEIGHTS: Values = _WEIGHTS * np.exp(BETS) / (_WEIGHTS * np.exp(BETS)).sum()
# Larger logarithms of an e-value are cut off: e^600 is proof enough, and still a number.
_LARGEST = 600.0


@dataclass(frozen=True)
class Evidence:
    """What the outcomes say of one version against another one.

    Attributes:
        candles: that both answered and whose outcome is known.
        e_value: after the last of them; 1 before the first.
        highest: the largest e-value so far; an alarm stands once it was raised.
        alarm: open time of the candle that raised it, epoch seconds; None without one.
        difference: mean Brier score of the judged version minus that of the other; None without candles.
        difference_se: its standard error over weeks; None below 4 of them.
    """

    candles: int
    e_value: float
    highest: float
    alarm: int | None
    difference: float | None
    difference_se: float | None


def evidence(
    opened: NDArray[np.int64],
    judged: Values,
    other: Values,
    outcome: Values,
    *,
    alpha: float,
    timeframe: int,
    horizon: int = 1,
) -> Evidence:
    """Whether ``judged`` is worse than ``other``, one-sided.

    Args:
        opened: (n,) open times of the candles, epoch seconds, ascending.
        judged, other: (n,) probabilities of a rise, in [0, 1].
        outcome: (n,) of 0 and 1.
        alpha: the largest probability of a false alarm, ever: an alarm is raised at an e-value of 1 / alpha.
        timeframe: seconds of a candle.
        horizon: candles that a target looks ahead. Outcomes of neighbours overlap when it is above 1: then every
            ``horizon``-th candle makes a process of its own, and the largest counts, divided by ``horizon``.
    """
    if not len(opened):
        return Evidence(0, 1.0, 1.0, None, None, None)
    differences = (judged - outcome) ** 2 - (other - outcome) ** 2
    values = np.full(len(opened), -np.inf)
    for turn in range(horizon):
        mine = opened // timeframe % horizon == turn
        values[mine] = log_e_values(differences[mine]) - np.log(horizon)
    over = np.flatnonzero(values >= -np.log(alpha))
    e_values = np.exp(np.minimum(values, _LARGEST))
    return Evidence(
        candles=len(opened),
        e_value=float(e_values[-1]),
        highest=float(e_values.max()),
        alarm=int(opened[over[0]]) if len(over) else None,
        difference=float(differences.mean()),
        difference_se=standard_error(opened, differences),
    )


def log_e_values(differences: Values) -> Values:
    """(…, n) log e after each of n differences in [−1, 1], in their order along the last axis."""
    total = np.full(differences.shape, -np.inf)
    for bet, weight in zip(BETS, WEIGHTS, strict=True):
        np.logaddexp(total, np.log(weight) + np.cumsum(np.log1p(bet * differences), axis=-1), out=total)
    return total


def standard_error(opened: NDArray[np.int64], differences: Values) -> float | None:
    """Of the mean of ``differences``, over weeks; None below 4 of them.

    √(W / (W − 1) Σ (D_w − n_w m)²) / n for W weeks with sums D_w of n_w differences, of n with mean m.
    """
    error = error_of_sum(weeks_of(opened), differences - differences.mean())
    return None if error is None else error / len(differences)


def weeks_of(opened: NDArray[np.int64]) -> NDArray[np.intp]:
    """(n,) the number of each row's week, from the first row on; weeks without rows are not counted.

    Args:
        opened: (n,) epoch seconds, ascending; n > 0.
    """
    return np.unique((opened - opened[0]) // WEEK, return_inverse=True)[1]


def error_of_sum(week: NDArray[np.intp], rest: Values) -> float | None:
    """Standard error of a sum, from its parts by week: hours and days resemble each other. None below 4 weeks.

    √(W / (W − 1) Σ R_w²) for W weeks with sums R_w of ``rest``.

    Args:
        week: (n,) as ``weeks_of`` numbers them.
        rest: (n,) each row's part of the sum less what was expected of it.
    """
    weeks = int(week.max()) + 1
    if weeks < LEAST_WEEKS:
        return None
    return float(np.sqrt(weeks / (weeks - 1) * (np.bincount(week, rest) ** 2).sum()))
