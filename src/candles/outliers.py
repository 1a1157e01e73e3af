"""Prices and volumes that no neighbour supports."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

VOLUME_NEIGHBOURS = 24


def price_jumps(candles: pd.DataFrame) -> NDArray[np.float64]:
    """(n,) for each candle its largest jump: how far a price is off both neighbours, as a fraction.

    A price is compared with the close before and the open after it, by ratio, so that 2× and ½ are both 1.0;
    the nearer neighbour counts. A crash has its price supported by the candle after it, a wrong digit by none.
    """
    close, opens = candles["close"].to_numpy(), candles["open"].to_numpy()
    largest = np.zeros(len(candles))
    if len(candles) < 2:
        return largest
    for name in ("open", "high", "low", "close"):
        price = candles[name].to_numpy()
        before = np.full(len(price), np.inf)
        after = np.full(len(price), np.inf)
        before[1:] = _jump(price[1:], close[:-1])
        after[:-1] = _jump(price[:-1], opens[1:])
        np.maximum(largest, np.minimum(before, after), out=largest)
    return largest


def volume_jumps(candles: pd.DataFrame) -> NDArray[np.float64]:
    """(n,) each volume as a multiple of the highest among 24 rows on either side; 0 where those traded nothing."""
    volume = candles["volume"]
    before = _highest_before(volume)
    after = _highest_before(volume[::-1])[::-1]
    highest = np.fmax(before.to_numpy(), after.to_numpy())
    return np.divide(volume.to_numpy(), highest, out=np.zeros(len(volume)), where=highest > 0)


def _highest_before(volume: pd.Series) -> pd.Series:
    return volume.shift(1).rolling(VOLUME_NEIGHBOURS, min_periods=1).max()


def _jump(price: NDArray[np.float64], neighbour: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(price / neighbour, neighbour / price) - 1
