"""Permutation importance, out of fold: how much log loss grows when a feature says nothing any more.

Source: Breiman, Random Forests, Machine Learning 45 (2001). Prices are shuffled as multiples of the close, so that
no row pairs a price of one year with a close of another.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.features.names import FEATURE_NAMES
from src.ml.metrics import fold_losses

# `bb_position` is `zscore / 4 + ½`: shuffled alone, either would be read from the other.
GROUPS: dict[str, tuple[str, ...]] = {
    name: ("bb_position", "zscore") if name == "zscore" else (name,) for name in FEATURE_NAMES if name != "bb_position"
}
PRICES = ("close", "macd", "macd_signal", "atr_14", "ema_20", "ema_50")
PREFIX = "shuffled_"

_COLUMN = {name: position for position, name in enumerate(FEATURE_NAMES)}
_PRICES = [_COLUMN[name] for name in PRICES]
_CLOSE = _COLUMN["close"]


def shuffled_features(features: NDArray[np.float64], seed: int) -> dict[str, NDArray[np.float64]]:
    """For each group of ``GROUPS`` a copy of the (n, 12) features in which that group's rows are shuffled.

    The group `close` is the price level: all prices of a row are scaled to another row's close.
    """
    order = np.random.default_rng(seed).permutation(len(features))
    return {f"{PREFIX}{group}": _shuffled(features, group, order) for group in GROUPS}


def _shuffled(features: NDArray[np.float64], group: str, order: NDArray[np.int64]) -> NDArray[np.float64]:
    altered = features.copy()
    close = features[:, _CLOSE]
    if group == "close":
        altered[:, _PRICES] *= (close[order] / close)[:, None]
        return altered
    for name in GROUPS[group]:
        column = _COLUMN[name]
        unit = close if name in PRICES else np.ones_like(close)
        altered[:, column] = (features[:, column] / unit)[order] * unit
    return altered


def importance_table(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """`feature, log_loss_increase, se`: mean over the folds of the loss with the feature shuffled less that without.

    Args:
        out_of_fold: with the columns of ``shuffled_features``.
    """
    plain = fold_losses(out_of_fold, "probability")
    rows = []
    for group, names in GROUPS.items():
        increase = fold_losses(out_of_fold, f"{PREFIX}{group}") - plain
        rows.append(("+".join(names), increase.mean(), increase.std(ddof=1) / np.sqrt(len(increase))))
    return pd.DataFrame(rows, columns=["feature", "log_loss_increase", "se"])
