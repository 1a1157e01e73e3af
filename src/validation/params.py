"""The section `validation` of params.yaml, and the folds that it asks for."""

from pathlib import Path
from typing import Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from src.core.params import Section, read_section
from src.features.params import TargetParams
from src.features.table import FeatureTable
from src.validation.folds import Fold, calendar_blocks, counted_blocks, folds_before

# Each fold is one more fit of every member.
MOST_FOLDS = 1000
# More than any table of candles has.
MOST_ROWS = 10**9


class ValidationParams(Section):
    """The walk-forward split."""

    folds: int = Field(ge=2, le=MOST_FOLDS)
    blocks: Literal["count", "month", "quarter", "year"] = "count"
    window: Literal["expanding", "rolling"] = "expanding"
    train_rows: int | None = Field(default=None, ge=1, le=MOST_ROWS)
    embargo: int = Field(default=0, ge=0, le=MOST_ROWS)

    @model_validator(mode="after")
    def _a_rolling_window_has_a_length(self) -> Self:
        if (self.window == "rolling") != (self.train_rows is not None):
            raise ValueError(
                "`train_rows` is the length of a rolling window: set it when `window` is rolling, else null"
            )
        return self

    def split(self, timestamps: pd.Series, horizon: int) -> list[Fold]:
        """The folds over rows with these (n,) timestamps; ``horizon`` rows are purged before each test block.

        Raises:
            UserError: too few rows.
        """
        if self.blocks == "count":
            blocks = counted_blocks(len(timestamps), self.folds)
        else:
            blocks = calendar_blocks(timestamps, self.folds, self.blocks)
        return folds_before(blocks, horizon + self.embargo, self.train_rows)


def read_folds(root: Path, table: FeatureTable) -> list[Fold]:
    """The folds over the rows of ``table`` that ``root/params.yaml`` asks for.

    Raises:
        UserError: a bad value, or too few rows.
    """
    horizon = read_section(root, "target", TargetParams).horizon
    return read_section(root, "validation", ValidationParams).split(table.timestamp, horizon)
