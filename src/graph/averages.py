"""TA-Lib's recursive averages over a window of fixed length, as weights of its bars.

An exponential average is linear: its last value is a sum of bars times fixed weights. The weights come from running
TA-Lib's own recursion on the unit vectors, one multiplication and addition at a time, so that every machine gets the
same bits.
"""

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


def ema_weights(bars: int, period: int) -> Weights:
    """(bars,) weights of the exponential average, started as the mean of the first ``period`` bars."""
    return _recursion(np.eye(bars), period, 2 / (period + 1))[-1]


def wilder_weights(bars: int, period: int) -> Weights:
    """(bars,) weights of Wilder's average, started as the mean of the first ``period`` bars."""
    return _recursion(np.eye(bars), period, 1 / period)[-1]


def macd_weights(bars: int, fast: int, slow: int, signal: int) -> tuple[Weights, Weights]:
    """(bars,) weights of the MACD line and of its signal line.

    TA-Lib starts both averages of the line at the bar where the slow one begins: the fast one as the mean of the
    ``fast`` bars up to there.
    """
    unit = np.eye(bars)
    line = _recursion(unit[slow - fast :], fast, 2 / (fast + 1)) - _recursion(unit, slow, 2 / (slow + 1))
    return line[-1], _recursion(line, signal, 2 / (signal + 1))[-1]


def _recursion(rows: NDArray[np.float64], period: int, share: float) -> NDArray[np.float64]:
    """(bars, k) → (bars − period + 1, k): the average after each bar from ``period`` on."""
    average = np.zeros(rows.shape[1])
    for row in rows[:period]:
        average = average + row
    averages = [average / period]
    for row in rows[period:]:
        averages.append(averages[-1] + share * (row - averages[-1]))
    return np.array(averages)


def mean_weights(bars: int, period: int) -> Weights:
    """(bars,) weights of the mean of the last ``period`` bars."""
    return np.append(np.zeros(bars - period), np.full(period, 1 / period))
