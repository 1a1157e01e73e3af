"""The 12 feature names, in the order every (n, 12) array of the project has."""

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
