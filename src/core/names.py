"""The column names that every room shares: candles, and the features in the order of every (n, k) array."""

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

# What `features.set: wide` adds: inputs that ask whether the price will move, and inputs that ask which way.
MOVE_NAMES = ("hour", "weekday", "rms_24", "rms_168", "range_1", "range_4", "same_hour_move")
DIRECTION_NAMES = (
    "clv_1",
    "clv_6",
    "clv_24",
    "momentum_2",
    "momentum_4",
    "momentum_8",
    "momentum_12",
    "momentum_24",
    "momentum_72",
    "momentum_168",
    "signed_volume_6",
    "signed_volume_24",
    "signed_volume_72",
    "rsi_56",
    "zscore_100",
    "from_high_24",
    "from_low_24",
    "from_high_168",
    "from_low_168",
)
# The columns of a feature table by `features.set`; each begins with the 12.
FEATURE_SETS = {"twelve": FEATURE_NAMES, "wide": FEATURE_NAMES + MOVE_NAMES + DIRECTION_NAMES}
