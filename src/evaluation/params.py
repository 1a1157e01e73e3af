"""The section `evaluation` of params.yaml."""

from typing import Self

from pydantic import Field, model_validator

from src.core.params import Section


class SizingParams(Section):
    """Holding that is sized by the forecast of volatility."""

    volatility: float = Field(default=0.4, gt=0, le=100)
    cap: float = Field(default=1.0, gt=0, le=1)
    band: float = Field(default=0.1, ge=0, lt=1)


class EvaluationParams(Section):
    """Costs of the backtest, what its Sharpe ratio is deflated by, and how holding is sized."""

    fee: float = Field(ge=0, lt=1)
    slippage: float = Field(ge=0, lt=1)
    trials: int = Field(ge=1, le=10**9)
    sizing: SizingParams = SizingParams()

    @model_validator(mode="after")
    def _an_order_leaves_something(self) -> Self:
        if not self.cost < 1:
            raise ValueError("`fee` and `slippage` together must be below 1, the value of the order")
        return self

    @property
    def cost(self) -> float:
        """What one order loses, as a fraction of its value."""
        return self.fee + self.slippage
