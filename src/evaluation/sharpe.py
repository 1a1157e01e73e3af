"""Sharpe ratio with its standard error, and deflated for the number of configurations that were tried."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

EULER = 0.5772156649015329
_NORMAL = NormalDist()


def sharpe_ratio(returns: NDArray[np.float64]) -> float:
    """Mean / standard deviation of (n,) returns, per bar; 0 where they never vary."""
    deviation = returns.std(ddof=1)
    return float(returns.mean() / deviation) if deviation > 0 else 0.0


def sharpe_error(returns: NDArray[np.float64]) -> float:
    """Standard error of ``sharpe_ratio`` for returns that are skewed and fat-tailed.

    Source: Mertens (2002), as equation 4 of Bailey and López de Prado, The Sharpe Ratio Efficient Frontier (2012).
    """
    ratio = sharpe_ratio(returns)
    deviation = returns.std()
    if deviation == 0:
        return 0.0
    standard = (returns - returns.mean()) / deviation
    skew, kurtosis = float((standard**3).mean()), float((standard**4).mean())
    return math.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / (len(returns) - 1))


def expected_best_of(trials: int, error: float) -> float:
    """The Sharpe ratio that the best of ``trials`` worthless strategies is expected to show.

    Args:
        trials: independent configurations tried, ≥ 1.
        error: standard deviation of the Sharpe ratios of worthless strategies.

    Source: equation 6 of Bailey and López de Prado, The Deflated Sharpe Ratio (2014).
    """
    if trials == 1:
        return 0.0
    quantile = _NORMAL.inv_cdf
    return error * ((1 - EULER) * quantile(1 - 1 / trials) + EULER * quantile(1 - 1 / (trials * math.e)))


def deflated_sharpe(returns: NDArray[np.float64], trials: int) -> float:
    """Probability that the true Sharpe ratio is above 0, given that it is the best of ``trials``.

    Not all ratios of the trials are known, so their spread is taken to be the standard error of this one.
    """
    error = sharpe_error(returns)
    if error == 0:
        return 0.0
    return _NORMAL.cdf((sharpe_ratio(returns) - expected_best_of(trials, error)) / error)
