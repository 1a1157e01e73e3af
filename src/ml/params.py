"""The sections `validation`, `members`, `ensemble` and `evaluation` of params.yaml."""

from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd
from pydantic import Field, field_validator, model_validator

from src.errors import UserError
from src.ml.ensemble import normalised_weights
from src.ml.folds import Fold, calendar_blocks, counted_blocks, folds_before
from src.params import Section, read_yaml


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


class EnsembleParams(Section):
    """The vote."""

    weights: dict[str, float]
    threshold: float = Field(gt=0, lt=1)

    @field_validator("weights")
    @classmethod
    def _weights_are_usable(cls, value: dict[str, float]) -> dict[str, float]:
        normalised_weights(value, list(value))
        return value


class EvaluationParams(Section):
    """Costs of the backtest, and what its Sharpe ratio is deflated by."""

    fee: float = Field(ge=0, lt=1)
    slippage: float = Field(ge=0, lt=1)
    trials: int = Field(ge=1)

    @property
    def cost(self) -> float:
        """What one order loses, as a fraction of its value."""
        return self.fee + self.slippage


def read_member_settings(root: Path, name: str) -> dict[str, Any]:
    """The block `members.<name>` of params.yaml: `inputs` and the estimator's settings.

    Raises:
        UserError: no such block.
    """
    members = (read_yaml(root / "params.yaml") or {}).get("members")
    if not isinstance(members, dict) or not isinstance(members.get(name), dict):
        raise UserError(f"{root / 'params.yaml'}: the section `members.{name}` is missing; add it.")
    return dict(members[name])
