"""The inputs that `features.set: wide` adds to the 12: will the price move, and which way?

Plain divisions, sums and square roots only: logarithms have other last bits on other processors. All but the
deviation `vol` look back a fixed number of bars, so a window of the warm-up gives what the whole history gives.
"""

import numpy as np
import pandas as pd
import talib
from numpy.typing import NDArray

from src.core.names import DIRECTION_NAMES, FEATURE_SETS, MOVE_NAMES
from src.features.technical import RSI_OF_NO_MOVE, ZSCORE_OF_FLAT_WINDOW, TechnicalIndicators, unmoved

Values = NDArray[np.float64]

DAY, WEEK = 24, 168
# Bars of a day back to the same clock hour: the hour that is predicted opens one bar after the newest candle.
SAME_HOUR = tuple(DAY * day - 1 for day in range(1, 8))
MOMENTUM = (2, 4, 8, 12, 24, 72, 168)
SIGNED_VOLUME = (6, 24, 72)
WEIGHTED_CLV = (6, 24)
RSI = 56
ZSCORE = 100
EXTREMES = (DAY, WEEK)
# Span of the exponentially weighted deviation of returns that momentum is measured in, and the least it counts as.
VOL_SPAN = 48
LEAST_VOL = 5e-4
# Stated values where a quotient has no meaning.
CLV_OF_NO_RANGE = 0.0
SHARE_OF_NO_VOLUME = 0.0
SECONDS_OF_HOUR, SECONDS_OF_DAY = 3600, 86_400
# 1970-01-01 was a Thursday; Monday is 0.
FIRST_WEEKDAY = 3


class WideIndicators:
    """The 12 features and those that `wide` adds, of candles with a column `timestamp`.

    Row t depends on rows ≤ t alone.

    Args:
        warmup: bars a row needs behind it, itself included; the first ``warmup − 1`` rows are dropped.
        step: duration of one candle.
    """

    def __init__(self, warmup: int, step: pd.Timedelta) -> None:
        self.twelve = TechnicalIndicators(warmup)
        self.step = step

    def generate_all_features(self, candles: pd.DataFrame) -> pd.DataFrame:
        """(n − warmup + 1, k) float64, columns in the order of ``FEATURE_SETS["wide"]``, the index of ``candles``.

        Raises:
            ValueError: as ``TechnicalIndicators``.
        """
        twelve = self.twelve.generate_all_features(candles)
        high, low, close, volume = (candles[name].to_numpy("float64") for name in ("high", "low", "close", "volume"))
        opened = candles["timestamp"].array.as_unit("s").asi8
        found = clock(opened, int(self.step.total_seconds()))
        found |= move_inputs(high, low, close) | direction_inputs(high, low, close, volume)
        rows = slice(len(candles) - len(twelve), None)
        added = {name: found[name][rows] for name in (*MOVE_NAMES, *DIRECTION_NAMES)}
        return twelve.assign(**added)[list(FEATURE_SETS["wide"])]


def clock(opened: NDArray[np.int64], step: int) -> dict[str, Values]:
    """Hour (0–23) and weekday (Monday 0), UTC, of the candle after each; ``opened`` in seconds since 1970."""
    predicted = opened + step
    return {
        "hour": (predicted // SECONDS_OF_HOUR % 24).astype("float64"),
        "weekday": ((predicted // SECONDS_OF_DAY + FIRST_WEEKDAY) % 7).astype("float64"),
    }


def move_inputs(high: Values, low: Values, close: Values) -> dict[str, Values]:
    """How much the price moved: root mean square returns, ranges, and returns at the clock hour that is predicted."""
    returns = _returns(close)
    span = high / low - 1
    found = {f"rms_{bars}": np.sqrt(np.maximum(talib.SUM(returns * returns, bars), 0) / bars) for bars in (DAY, WEEK)}
    found |= {"range_1": span, "range_4": talib.SMA(span, 4)}
    size = np.abs(returns)
    found["same_hour_move"] = np.mean([_before(size, bars) for bars in SAME_HOUR], axis=0)
    return found


def direction_inputs(high: Values, low: Values, close: Values, volume: Values) -> dict[str, Values]:
    """Which way it went: place of the close in its range, momentum in deviations, signed volume, distances."""
    clv = _quotient(2 * close - high - low, high - low, high == low, CLV_OF_NO_RANGE)
    found = {"clv_1": clv}
    for bars in WEIGHTED_CLV:
        found[f"clv_{bars}"] = _share_of_volume(clv * volume, volume, bars)
    returns = _returns(close)
    mean = talib.EMA(returns, VOL_SPAN)
    variance = talib.EMA(returns * returns, VOL_SPAN) - mean * mean
    vol = np.sqrt(np.maximum(variance, LEAST_VOL**2))
    for bars in MOMENTUM:
        found[f"momentum_{bars}"] = (close / _before(close, bars) - 1) / (vol * np.sqrt(bars))
    for bars in SIGNED_VOLUME:
        found[f"signed_volume_{bars}"] = _share_of_volume(np.sign(returns) * volume, volume, bars)
    steps = np.abs(close - _before(close, 1))
    # Cutler's: plain sums where Wilder's averages never forget; gains less losses is the move of all bars.
    share = _quotient(close - _before(close, RSI), talib.SUM(steps, RSI), unmoved(close, RSI + 1), 0.0)
    found[f"rsi_{RSI}"] = RSI_OF_NO_MOVE + 50 * share
    # TA-Lib's running sums of squares lose a move of one tick at a price of millions; pandas' updates keep it.
    window = pd.Series(close).rolling(ZSCORE)
    gap, deviation = close - window.mean().to_numpy(), window.std(ddof=0).to_numpy()
    flat = unmoved(close, ZSCORE) | (deviation == 0)
    found[f"zscore_{ZSCORE}"] = _quotient(gap, deviation, flat, ZSCORE_OF_FLAT_WINDOW)
    for bars in EXTREMES:
        found[f"from_high_{bars}"] = close / talib.MAX(high, bars) - 1
        found[f"from_low_{bars}"] = close / talib.MIN(low, bars) - 1
    return found


def _returns(close: Values) -> Values:
    return close / _before(close, 1) - 1


def _before(values: Values, bars: int) -> Values:
    """(n,) each value ``bars`` bars earlier; NaN where there is none."""
    earlier = np.full(len(values), np.nan)
    earlier[bars:] = values[:-bars] if bars else values
    return earlier


def _share_of_volume(part: Values, volume: Values, bars: int) -> Values:
    return _quotient(talib.SUM(part, bars), talib.SUM(volume, bars), talib.MAX(volume, bars) == 0, SHARE_OF_NO_VOLUME)


def _quotient(dividend: Values, divisor: Values, meaningless: NDArray[np.bool_], stated: float) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Values = dividend / divisor
    found[meaningless] = stated
    return found
