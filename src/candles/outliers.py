"""Prices and volumes that no neighbour supports, and prices that do not join."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

VOLUME_NEIGHBOURS = 24
DAY = pd.Timedelta(days=1)

Values = NDArray[np.float64]


def price_jumps(candles: pd.DataFrame) -> Values:
    """(n,) how far each candle reaches beyond both its neighbours, as a fraction ≥ 0.

    The neighbours are the close before and the open after; double and half are both 1.0. A crash is supported by
    the candle after it, a wrong digit by none.
    """
    if len(candles) < 2:
        return np.zeros(len(candles))
    close, opened = candles["close"].to_numpy(), candles["open"].to_numpy()
    # At the ends there is one neighbour.
    before, after = np.append(opened[1:2], close[:-1]), np.append(opened[1:], close[-2:-1])
    # A ratio beyond every number is infinite, and above every limit.
    with np.errstate(over="ignore"):
        above = candles["high"].to_numpy() / np.maximum(before, after)
        below = np.minimum(before, after) / candles["low"].to_numpy()
    return np.maximum(np.maximum(above, below) - 1, 0)


def level_changes(candles: pd.DataFrame) -> Values:
    """(n,) how far each open is off the close of the row before, as a fraction ≥ 0; double and half are both 1.0.

    Two wrong candles side by side support each other, as do all candles after a change of unit; but they do not join.
    """
    changes = np.zeros(len(candles))
    opens, before = candles["open"].to_numpy()[1:], candles["close"].to_numpy()[:-1]
    with np.errstate(over="ignore"):
        changes[1:] = np.maximum(opens / before, before / opens) - 1
    return changes


def volume_neighbours(step: pd.Timedelta) -> int:
    """On how many rows either side a volume is looked at: 24, or a day of shorter candles."""
    return max(VOLUME_NEIGHBOURS, math.ceil(DAY / step))


def volume_jumps(candles: pd.DataFrame, rows: int = VOLUME_NEIGHBOURS) -> Values:
    """(n,) each volume as a multiple of the highest among ``rows`` on either side; 0 where those traded nothing."""
    volume = candles["volume"].to_numpy()
    edge = np.zeros(rows)
    highest = _highest_of_next(np.concatenate([edge, volume, edge]), rows)
    around = np.maximum(highest[: len(volume)], highest[rows + 1 :][: len(volume)])
    with np.errstate(over="ignore"):
        return np.divide(volume, around, out=np.zeros(len(volume)), where=around > 0)


def _highest_of_next(values: Values, rows: int) -> Values:
    """The maximum of each ``rows`` consecutive values, by windows of 2, 4, 8, … that overlap in the end."""
    width = 1
    while 2 * width <= rows:
        values = np.maximum(values[:-width], values[width:])
        width *= 2
    rest = rows - width
    return np.maximum(values[:-rest], values[rest:]) if rest else values
