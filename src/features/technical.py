"""The 12 technical features of one instrument, computed from its candles by TA-Lib."""

import numpy as np
import pandas as pd
import talib

from src.core.names import FEATURE_NAMES, OHLCV

WARMUP = 400
RSI_PERIOD = 14
ATR_PERIOD = 14
WINDOW = 20
BANDS = 2.0

# Stated values where a quotient has no meaning.
RSI_OF_NO_MOVE = 50.0
ZSCORE_OF_FLAT_WINDOW = 0.0
BAND_POSITION_OF_FLAT_WINDOW = 0.5
VOLUME_RATIO_OF_NO_VOLUME = 1.0

_COLUMNS = pd.Index(FEATURE_NAMES)


class TechnicalIndicators:
    """Features of hourly candles, for training and for serving alike.

    Row t depends on rows ≤ t alone. A window of ``warmup`` bars gives the values that the whole history gives,
    within 1e-6 of each feature's standard deviation: Wilder's and exponential averages never quite forget.

    Args:
        warmup: bars a row needs behind it, itself included; the first ``warmup − 1`` rows are dropped.
    """

    def __init__(self, warmup: int = WARMUP) -> None:
        if warmup < 1:
            raise ValueError(f"warmup must be at least 1, not {warmup}")
        self.warmup = warmup

    def generate_all_features(self, ohlcv: pd.DataFrame) -> pd.DataFrame:
        """The 12 features of every row whose warm-up is complete.

        Args:
            ohlcv: columns `open, high, low, close, volume` (others are ignored), ascending in time, n ≥ warmup rows.

        Returns:
            (n − warmup + 1, 12) float64, columns in the order of ``FEATURE_NAMES``, the index of ``ohlcv``.

        Raises:
            ValueError: a column is missing, a value is not a finite number, a candle is impossible or not later than
                the one before it (by a column `timestamp` or a DatetimeIndex), or there are fewer than ``warmup`` rows.
        """
        columns = _checked(ohlcv, self.warmup)
        features = _indicators(*(columns[name] for name in OHLCV[1:]))
        skipped = self.warmup - 1
        return pd.DataFrame(features[:, skipped:].T, index=ohlcv.index[skipped:], columns=_COLUMNS, copy=False)


def _checked(ohlcv: pd.DataFrame, warmup: int) -> dict[str, np.ndarray]:
    names = list(ohlcv.columns)
    missing = [name for name in OHLCV if name not in names]
    if missing:
        raise ValueError(f"candles lack the columns {', '.join(missing)}; needed: {', '.join(OHLCV)}")
    given = {}
    for name in OHLCV:
        if names.count(name) > 1:
            raise ValueError(f"candles have more than one column {name}; give each once")
        given[name] = ohlcv[name]
        kind = given[name].dtype
        if kind != np.float64 and not pd.api.types.is_any_real_numeric_dtype(kind):
            raise ValueError(f"candles: {name} is of type {kind}, not of numbers")
    if len(ohlcv) < warmup:
        raise ValueError(f"{len(ohlcv)} candles are fewer than the {warmup} of the warm-up; give at least {warmup}")
    columns = {name: np.ascontiguousarray(values.to_numpy(dtype="float64")) for name, values in given.items()}
    _refuse_unusable(ohlcv.index, columns)
    times = ohlcv["timestamp"] if "timestamp" in names else ohlcv.index
    if "timestamp" in names or isinstance(times, pd.DatetimeIndex):
        later = _later(times)
        if not later.all():
            candle = ohlcv.index[int(np.argmin(later)) + 1]
            raise ValueError(f"candle {candle} is not later than the one before it; sort them, oldest first")
    return columns


def _refuse_unusable(index: pd.Index, columns: dict[str, np.ndarray]) -> None:
    opened, high, low, close, volume = columns.values()
    # NaN fails every comparison, and passes through the extremes.
    inside = (low <= np.minimum(opened, close)) & (high >= np.maximum(opened, close))
    positive = low.min() > 0 and volume.min() >= 0
    if positive and inside.all() and high.max() < np.inf and volume.max() < np.inf:
        return
    for name, values in columns.items():
        allowed = np.isfinite(values) & (values >= 0 if name == "volume" else values > 0)
        if not allowed.all():
            row = int(np.argmin(allowed))
            kind = "a number ≥ 0" if name == "volume" else "a price > 0"
            raise ValueError(f"candle {index[row]}: {name} is {values[row]}, not {kind}")
    # Swapped columns give numbers too, but wrong ones.
    raise ValueError(f"candle {index[int(inside.argmin())]}: open or close lies outside [low, high]")


def _later(times: pd.Series | pd.DatetimeIndex) -> np.ndarray:
    """(n − 1,) whether each time is later than the one before it; where times are missing its first False is right."""
    if not isinstance(times.dtype, np.dtype | pd.DatetimeTZDtype) or times.dtype.kind != "M":
        return np.asarray(times[1:]) > np.asarray(times[:-1])
    # As whole numbers: times with a zone would be compared as objects, a hundred times slower.
    moments = times.array.asi8
    later: np.ndarray = moments[1:] > moments[:-1]
    # A missing time is the least number: never later itself, but the second time would be later than a missing first.
    later[:1] &= moments[:1] != pd.NaT.value
    return later


def _indicators(high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """(12, n) in the order of ``FEATURE_NAMES``."""
    features = np.empty((len(FEATURE_NAMES), len(close)))
    row = dict(zip(FEATURE_NAMES, features, strict=True))
    row["close"][:] = close
    row["volume"][:] = volume
    row["returns_1"][0] = np.nan
    np.divide(close[1:], close[:-1], out=row["returns_1"][1:])
    row["returns_1"][1:] -= 1
    row["rsi_14"][:] = talib.RSI(close, RSI_PERIOD)
    row["rsi_14"][unmoved(close, RSI_PERIOD + 1)] = RSI_OF_NO_MOVE
    row["macd"][:], row["macd_signal"][:], _ = talib.MACD(close, fastperiod=12, slowperiod=26, signalperiod=9)
    row["atr_14"][:] = talib.ATR(high, low, close, ATR_PERIOD)
    row["ema_20"][:] = talib.EMA(close, 20)
    row["ema_50"][:] = talib.EMA(close, 50)
    flat = unmoved(close, WINDOW)
    with np.errstate(divide="ignore", invalid="ignore"):
        np.subtract(close, talib.SMA(close, WINDOW), out=row["zscore"])
        row["zscore"] /= talib.STDDEV(close, WINDOW)
        np.divide(volume, talib.SMA(volume, WINDOW), out=row["volume_ratio"])
    row["zscore"][flat] = ZSCORE_OF_FLAT_WINDOW
    # (close − lower) / (upper − lower) of the Bollinger bands at ± 2 deviations.
    np.divide(row["zscore"], 2 * BANDS, out=row["bb_position"])
    row["bb_position"] += 0.5
    row["bb_position"][flat] = BAND_POSITION_OF_FLAT_WINDOW
    row["volume_ratio"][talib.MAX(volume, WINDOW) == 0] = VOLUME_RATIO_OF_NO_VOLUME
    return features


def unmoved(values: np.ndarray, window: int) -> np.ndarray:
    """(n,) whether the last ``window`` values are equal: running sums leave a rest there, the extremes do not."""
    return talib.MAX(values, window) == talib.MIN(values, window)
