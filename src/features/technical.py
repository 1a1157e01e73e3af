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
        frame = pd.DataFrame(features, index=ohlcv.index, columns=list(FEATURE_NAMES))
        return frame.iloc[self.warmup - 1 :]


def _checked(ohlcv: pd.DataFrame, warmup: int) -> dict[str, np.ndarray]:
    missing = [name for name in OHLCV if name not in ohlcv.columns]
    if missing:
        raise ValueError(f"candles lack the columns {', '.join(missing)}; needed: {', '.join(OHLCV)}")
    for name in OHLCV:
        if list(ohlcv.columns).count(name) > 1:
            raise ValueError(f"candles have more than one column {name}; give each once")
        if not pd.api.types.is_any_real_numeric_dtype(ohlcv[name].dtype):
            raise ValueError(f"candles: {name} is of type {ohlcv[name].dtype}, not of numbers")
    if len(ohlcv) < warmup:
        raise ValueError(f"{len(ohlcv)} candles are fewer than the {warmup} of the warm-up; give at least {warmup}")
    columns = {name: np.ascontiguousarray(ohlcv[name].to_numpy(dtype="float64")) for name in OHLCV}
    for name, values in columns.items():
        allowed = np.isfinite(values) & (values >= 0 if name == "volume" else values > 0)
        if not allowed.all():
            row = int(np.argmin(allowed))
            kind = "a number ≥ 0" if name == "volume" else "a price > 0"
            raise ValueError(f"candle {ohlcv.index[row]}: {name} is {values[row]}, not {kind}")
    _refuse_impossible(ohlcv, columns)
    return columns


def _refuse_impossible(ohlcv: pd.DataFrame, columns: dict[str, np.ndarray]) -> None:
    """Newest-first candles, as exchanges send them, and swapped columns give numbers too, but wrong ones."""
    opened, high, low, close = (columns[name] for name in OHLCV[:4])
    outside = (low > np.minimum(opened, close)) | (high < np.maximum(opened, close))
    if outside.any():
        raise ValueError(f"candle {ohlcv.index[int(outside.argmax())]}: open or close lies outside [low, high]")
    times = ohlcv["timestamp"] if "timestamp" in ohlcv.columns else ohlcv.index
    if "timestamp" in ohlcv.columns or isinstance(times, pd.DatetimeIndex):
        later = np.asarray(times[1:]) > np.asarray(times[:-1])
        if not later.all():
            row = int(np.argmin(later)) + 1
            raise ValueError(f"candle {ohlcv.index[row]} is not later than the one before it; sort them, oldest first")


def _indicators(high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray) -> dict[str, np.ndarray]:
    macd, macd_signal, _ = talib.MACD(close, fastperiod=12, slowperiod=26, signalperiod=9)
    mean = talib.SMA(close, WINDOW)
    deviation = talib.STDDEV(close, WINDOW)
    # Running sums leave a rest in a flat window; its extremes do not.
    flat = talib.MAX(close, WINDOW) == talib.MIN(close, WINDOW)
    with np.errstate(divide="ignore", invalid="ignore"):
        zscore = np.where(flat, ZSCORE_OF_FLAT_WINDOW, (close - mean) / deviation)
    return {
        "close": close,
        "volume": volume,
        "returns_1": np.concatenate([[np.nan], close[1:] / close[:-1] - 1])[: len(close)],
        "rsi_14": _rsi(close),
        "macd": macd,
        "macd_signal": macd_signal,
        "atr_14": talib.ATR(high, low, close, ATR_PERIOD),
        # (close − lower) / (upper − lower) of the Bollinger bands at ± 2 deviations.
        "bb_position": np.where(flat, BAND_POSITION_OF_FLAT_WINDOW, zscore / (2 * BANDS) + 0.5),
        "ema_20": talib.EMA(close, 20),
        "ema_50": talib.EMA(close, 50),
        "zscore": zscore,
        "volume_ratio": _volume_ratio(volume),
    }


def _rsi(close: np.ndarray) -> np.ndarray:
    window = RSI_PERIOD + 1
    unmoved = talib.MAX(close, window) == talib.MIN(close, window)
    return np.where(unmoved, RSI_OF_NO_MOVE, talib.RSI(close, RSI_PERIOD))


def _volume_ratio(volume: np.ndarray) -> np.ndarray:
    silent = talib.MAX(volume, WINDOW) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(silent, VOLUME_RATIO_OF_NO_VOLUME, volume / talib.SMA(volume, WINDOW))
