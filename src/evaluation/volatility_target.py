"""The arithmetic of sizing by volatility: one copy for the backtest and for live answers, so it needs numpy alone.

A deviation is read from the probability of a move as src/evaluation/volatility.py tells; the share that is held is that
of long-only volatility targeting (Moreira and Muir, Journal of Finance 72, 2017), with a band in which no order is
given.
"""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Of the exponential average of log deviations, in bars.
SPAN = 24
# Beyond these a quantile of the normal distribution says nothing.
LEAST, MOST = 1e-3, 0.99
SECONDS_OF_YEAR = 365.25 * 86_400
_QUANTILE = NormalDist().inv_cdf


def sigma_of_move(move: Values, threshold: float) -> Values:
    """(n,) P(move) → (n,) the deviation of the next return that gives it, as a fraction of the price."""
    upper = 1 - np.clip(move, LEAST, MOST) / 2
    return threshold / np.array([_QUANTILE(value) for value in upper.tolist()])


def smoothed(sigma: Values) -> Values:
    """(n,) deviations → (n,) the exponential average of their logarithms, begun with the first, as deviations."""
    share = 2 / (SPAN + 1)
    logs = np.log(sigma).tolist()
    averages = logs[:1]
    for value in logs[1:]:
        averages.append(averages[-1] + share * (value - averages[-1]))
    return np.exp(np.array(averages))


def wanted_shares(sigma: Values, bars_per_year: float, volatility: float, cap: float) -> Values:
    """(n,) deviations of the next return → (n,) shares that give a yearly ``volatility``, at most ``cap``."""
    return np.minimum(volatility / (sigma * np.sqrt(bars_per_year)), cap)


def held_shares(wanted: Sequence[float], band: float, held: float = 0.0) -> list[float]:
    """What is held after each of the ``wanted`` shares: the one before, unless it is off by more than ``band``.

    Args:
        wanted: one a bar.
        band: in which no order is given.
        held: before the first.
    """
    found = []
    for share in wanted:
        if abs(share - held) > band:
            held = share
        found.append(held)
    return found
