"""The column names that every room shares: candles, and the 12 features in the order of every (n, 12) array."""

OHLCV = ("open", "high", "low", "close", "volume")
CANDLE_COLUMNS = ("timestamp", *OHLCV)

FEATURE_NAMES = (
    "close",
    "volume",
    "returns_1",
    "rsi_14",
    "macd",
    "macd_signal",
    "atr_14",
    "bb_position",
    "ema_20",
    "ema_50",
    "zscore",
    "volume_ratio",
)
