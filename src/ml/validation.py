"""The section `validation` of params.yaml, and the folds that it asks for."""

from typing import Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from src.ml.folds import Fold, calendar_blocks, counted_blocks, folds_before
from src.params import Section


class ValidationParams(Section):
    """The walk-forward split."""

    folds: int = Field(ge=2)
    blocks: Literal["count", "month", "quarter", "year"] = "count"
    window: Literal["expanding", "rolling"] = "expanding"
    train_rows: int | None = Field(default=None, ge=1)
    embargo: int = Field(default=0, ge=0)

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
