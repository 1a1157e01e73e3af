"""Build the feature table from candles, and count what was left out."""

from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import UserError
from src.features.table import FeatureTable
from src.features.target import label_moves
from src.features.technical import TechnicalIndicators
from src.features.wide import WideIndicators

# Bars: of ema_50, and of what looks back a week of hours.
LONGEST_PERIOD = {"twelve": 50, "wide": 168}


def build_feature_table(
    candles: pd.DataFrame,
    step: pd.Timedelta,
    warmup: int,
    horizon: int,
    threshold: float,
    feature_set: str = "twelve",
) -> tuple[FeatureTable, dict[str, Any]]:
    """Features and target of every candle whose warm-up is complete and whose future is known; and a report of counts.

    Raises:
        UserError: too few candles for a single row.
    """
    try:
        features = indicators_of(feature_set, warmup, step).generate_all_features(candles)
    except ValueError as error:
        raise UserError(f"features: {error}; lengthen `ingest.days` or shorten `features.warmup`.") from None
    moves = label_moves(candles, step, horizon, threshold).loc[features.index]
    known = moves["target"].notna()
    if not known.any():
        raise UserError("features: no row has a known target; lengthen `ingest.days` or shorten `target.horizon`.")
    rows = features[known].copy()
    rows.insert(0, "timestamp", candles["timestamp"].loc[rows.index])
    rows = rows.join(moves[known].astype("int8"))
    longest = LONGEST_PERIOD[feature_set]
    beyond_end = candles.index[-horizon:].isin(features.index).sum()
    report = {
        "rows": int(known.sum()),
        "positive_share": round(float(rows["target"].mean()), 6),
        "dropped": {
            "warmup": len(candles) - len(features),
            "unknown_future": int(beyond_end),
            "target_spans_gap": int((~known).sum() - beyond_end),
        },
        "look_back_touches_gap": {
            f"{longest}_bars": _touching(candles, step, rows.index, longest),
            f"{warmup}_bars": _touching(candles, step, rows.index, warmup),
        },
    }
    return FeatureTable(rows.reset_index(drop=True)), report


def indicators_of(feature_set: str, warmup: int, step: pd.Timedelta) -> TechnicalIndicators | WideIndicators:
    """What computes the features of `features.set`."""
    return WideIndicators(warmup, step) if feature_set == "wide" else TechnicalIndicators(warmup)


def _touching(candles: pd.DataFrame, step: pd.Timedelta, index: pd.Index, bars: int) -> int:
    """How many of the rows ``index`` have a gap among their last ``bars`` candles."""
    after_gap = np.cumsum((candles["timestamp"].diff() > step).to_numpy())
    last = index.to_numpy()
    first = np.maximum(last - bars + 1, 0)
    return int((after_gap[last] > after_gap[first]).sum())
