"""The feature table: one row per candle whose warm-up and future are known."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.core.files import read_parquet, write_parquet
from src.core.names import FEATURE_NAMES, FEATURE_SETS


@dataclass(frozen=True)
class FeatureTable:
    """``rows``: `timestamp` (of the candle's open), the features, `target` and `fell` (int8), oldest first."""

    rows: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> "FeatureTable":
        """The table in the parquet file ``path``.

        Raises:
            UserError: it is missing, unreadable, or lacks a column.
        """
        return cls(read_parquet(path, ("timestamp", *FEATURE_NAMES, "target", "fell")))

    def write(self, path: Path) -> None:
        """Write it to the parquet file ``path``."""
        write_parquet(path, self.rows)

    @property
    def timestamp(self) -> pd.Series:
        """(n,) opens of the candles, UTC."""
        return self.rows["timestamp"]

    @property
    def feature_set(self) -> str:
        """The `features.set` that it was made for: `wide` where it has all those columns."""
        return "wide" if set(FEATURE_SETS["wide"]) <= set(self.rows.columns) else "twelve"

    @cached_property
    def features(self) -> NDArray[np.float64]:
        """(n, k) in the order of ``FEATURE_SETS``."""
        return self.rows[list(FEATURE_SETS[self.feature_set])].to_numpy()

    def of_twelve(self) -> "FeatureTable":
        """The same rows with the 12 features alone, which the baselines see."""
        if self.feature_set == "twelve":
            return self
        return FeatureTable(self.rows[["timestamp", *FEATURE_NAMES, "target", "fell"]])

    @property
    def target(self) -> NDArray[np.int8]:
        """(n,) 1 where the close rises by more than `target.threshold` within the horizon."""
        return self.rows["target"].to_numpy()

    @property
    def moves(self) -> NDArray[np.int8]:
        """(n,) 1 where the close rises so far, −1 where it falls so far, 0 where it does neither."""
        return self.target - self.fell

    @property
    def fell(self) -> NDArray[np.int8]:
        """(n,) 1 where the close falls by more than `target.threshold` within the horizon."""
        return self.rows["fell"].to_numpy()
