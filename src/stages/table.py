"""What the stages that evaluate have in common: the feature table with the mirrored target, and its folds."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.features.params import TargetParams
from src.ml.folds import Fold
from src.ml.moves import with_falls
from src.ml.validation import ValidationParams
from src.params import read_section
from src.paths import CANDLES, FEATURES


@dataclass(frozen=True)
class FeatureTable:
    """``rows``: features, target and `fell`; ``candles`` they were made from; ``folds``: the walk-forward split."""

    rows: pd.DataFrame
    candles: pd.DataFrame
    folds: list[Fold]
    target: TargetParams


def read_table(root: Path) -> FeatureTable:
    """Read the tables below ``root`` and split them as its params.yaml says."""
    target = read_section(root, "target", TargetParams)
    candles = pd.read_parquet(root / CANDLES)
    rows = with_falls(pd.read_parquet(root / FEATURES), candles, target.horizon, target.threshold)
    folds = read_section(root, "validation", ValidationParams).split(rows["timestamp"], target.horizon)
    return FeatureTable(rows, candles, folds, target)
