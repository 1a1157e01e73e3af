"""The section `evaluation` of params.yaml."""

from typing import Self

from pydantic import Field, model_validator

from src.core.params import Section


class EvaluationParams(Section):
    """Costs of the backtest, and what its Sharpe ratio is deflated by."""

    fee: float = Field(ge=0, lt=1)
    slippage: float = Field(ge=0, lt=1)
    trials: int = Field(ge=1, le=10**9)

    @model_validator(mode="after")
    def _an_order_leaves_something(self) -> Self:
        if not self.cost < 1:
            raise ValueError("`fee` and `slippage` together must be below 1, the value of the order")
        return self

    @property
    def cost(self) -> float:
        """What one order loses, as a fraction of its value."""
        return self.fee + self.slippage
