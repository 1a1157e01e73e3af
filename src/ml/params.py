"""The sections `members`, `ensemble` and `evaluation` of params.yaml."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from src.errors import UserError
from src.ml.ensemble import normalised_weights
from src.params import Section, read_section, read_yaml


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
    trials: int = Field(ge=1, le=10**9)

    @property
    def cost(self) -> float:
        """What one order loses, as a fraction of its value."""
        return self.fee + self.slippage


def read_ensemble(root: Path) -> EnsembleParams:
    """The section `ensemble` of ``root/params.yaml``, its weights those of the section `members`.

    Raises:
        UserError: a bad value, a member without a weight, or a weight without a member.
    """
    params = read_section(root, "ensemble", EnsembleParams)
    members = (read_yaml(root / "params.yaml") or {}).get("members")
    if not isinstance(members, dict) or set(members) != set(params.weights):
        names = ", ".join(members) if isinstance(members, dict) else "none"
        raise UserError(
            f"{root / 'params.yaml'}: `ensemble.weights` names {', '.join(params.weights)}, but the members are "
            f"{names}; give each member one weight, 0 to leave it out of the vote."
        )
    return params


def read_member_settings(root: Path, name: str) -> dict[str, Any]:
    """The block `members.<name>` of params.yaml: `inputs` and the estimator's settings.

    Raises:
        UserError: no such block.
    """
    members = (read_yaml(root / "params.yaml") or {}).get("members")
    if not isinstance(members, dict) or not isinstance(members.get(name), dict):
        raise UserError(f"{root / 'params.yaml'}: the section `members.{name}` is missing; add it.")
    return dict(members[name])
