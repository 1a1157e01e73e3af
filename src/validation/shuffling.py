"""Shuffle one feature of the rows that a model never saw, to measure what it is worth (permutation importance).

Source: Breiman, Random Forests, Machine Learning 45 (2001). Prices are shuffled as multiples of the close, so that
no row pairs a price of one year with a close of another.
"""

import numpy as np
from numpy.typing import NDArray

from src.core.names import FEATURE_NAMES, FEATURE_SETS
from src.validation.out_of_fold import GROUPS, PREFIX, WIDE_GROUPS

PRICES = ("close", "macd", "macd_signal", "atr_14", "ema_20", "ema_50")

_COLUMN = {name: position for position, name in enumerate(FEATURE_SETS["wide"])}
_PRICES = [_COLUMN[name] for name in PRICES]
_CLOSE = _COLUMN["close"]


def shuffled_features(features: NDArray[np.float64], seed: int) -> dict[str, NDArray[np.float64]]:
    """For each group a copy of the (n, k) features in which that group's rows are shuffled.

    The group `close` is the price level: all prices of a row are scaled to another row's close.
    """
    order = np.random.default_rng(seed).permutation(len(features))
    groups = GROUPS if features.shape[1] == len(FEATURE_NAMES) else WIDE_GROUPS
    return {f"{PREFIX}{group}": _shuffled(features, group, order) for group in groups}


def _shuffled(features: NDArray[np.float64], group: str, order: NDArray[np.int64]) -> NDArray[np.float64]:
    altered = features.copy()
    close = features[:, _CLOSE]
    if group == "close":
        altered[:, _PRICES] *= (close[order] / close)[:, None]
        return altered
    for name in WIDE_GROUPS[group]:
        column = _COLUMN[name]
        unit = close if name in PRICES else np.ones_like(close)
        altered[:, column] = (features[:, column] / unit)[order] * unit
    return altered
