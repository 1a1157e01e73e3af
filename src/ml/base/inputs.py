"""What a member sees of the features: all 12 as they are, or relative to the price; of a wide table what a head sees.

A tree that splits on a price of 8,000 knows nothing at 60,000. The transforms use float32 and plain divisions,
so that an exported graph can compute the same bits.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from src.core.names import DIRECTION_NAMES, FEATURE_NAMES, FEATURE_SETS, MOVE_NAMES

Transform = Callable[[NDArray[np.float64]], NDArray[np.float32]]

_COLUMN = {name: position for position, name in enumerate(FEATURE_NAMES)}
_MOVE = slice(len(FEATURE_NAMES), len(FEATURE_NAMES) + len(MOVE_NAMES))
_DIRECTION = slice(_MOVE.stop, _MOVE.stop + len(DIRECTION_NAMES))
# No real quotient comes near it; it keeps absurd input finite.
LARGEST_QUOTIENT = np.float32(1e6)

RELATIVE_NAMES = (
    "returns_1",
    "rsi_14",
    "macd/close",
    "macd_signal/close",
    "atr_14/close",
    "ema_20/close",
    "ema_50/close",
    "zscore",
    "volume_ratio",
    "|returns_1|",
    "atr_14/close*volume_ratio",
)


def raw(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, 12) → (n, 12): every feature as it is."""
    return features.astype(np.float32)


def relative(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, 12) → (n, 11): prices as multiples of the close, the size of the last return, and the range times the
    volume ratio; without close, volume and bb_position.

    `bb_position` is `zscore / 4 + ½`. A close of 0, which no candle has, divides by 1.
    """
    columns = features.astype(np.float32)
    close = columns[:, _COLUMN["close"]]
    divisor = np.where(close == 0, np.float32(1), close)
    with np.errstate(over="ignore"):
        inputs = {
            name: columns[:, _COLUMN[name.removesuffix("/close")]]
            / (divisor if name.endswith("/close") else np.float32(1))
            for name in RELATIVE_NAMES[:-2]
        }
        inputs["|returns_1|"] = np.abs(inputs["returns_1"])
        inputs["atr_14/close*volume_ratio"] = _finite(inputs["atr_14/close"]) * _finite(inputs["volume_ratio"])
    return _finite(np.column_stack([inputs[name] for name in RELATIVE_NAMES]))


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(values, -LARGEST_QUOTIENT, LARGEST_QUOTIENT)


def move(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, k) of a wide table → (n, 18): ``relative``, and the inputs that ask whether the price will move."""
    wide = _finite(features[:, _MOVE].astype(np.float32))
    return np.column_stack([relative(features[:, : len(FEATURE_NAMES)]), wide])


def direction(features: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n, k) of a wide table → (n, 19): the inputs that ask which way the price will go."""
    return _finite(features[:, _DIRECTION].astype(np.float32))


TRANSFORMS: dict[str, Transform] = {"raw": raw, "relative": relative, "move": move, "direction": direction}
INPUT_NAMES = {
    "raw": FEATURE_NAMES,
    "relative": RELATIVE_NAMES,
    "move": RELATIVE_NAMES + MOVE_NAMES,
    "direction": DIRECTION_NAMES,
}
# What a member of `features.set: twelve` may see; the rest is for the heads of `wide`.
CHOICES = ("raw", "relative")
# The columns that each transform takes.
TAKES = {name: FEATURE_SETS["twelve" if name in CHOICES else "wide"] for name in TRANSFORMS}
