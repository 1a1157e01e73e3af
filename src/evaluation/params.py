"""The section `evaluation` of params.yaml."""

from pydantic import Field

from src.core.params import Section


class EvaluationParams(Section):
    """Costs of the backtest, and what its Sharpe ratio is deflated by."""

    fee: float = Field(ge=0, lt=1)
    slippage: float = Field(ge=0, lt=1)
    trials: int = Field(ge=1, le=10**9)

    @property
    def cost(self) -> float:
        """What one order loses, as a fraction of its value."""
        return self.fee + self.slippage
