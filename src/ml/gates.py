"""The gates: what walk-forward figures an ensemble must show before it may be called production-ready."""

from typing import Any

from pydantic import Field, NonNegativeFloat

from src.errors import UserError
from src.params import Section

READY = "production_ready"
FAILED = "gates_failed"


class Gates(Section):
    """Limits on the ensemble's walk-forward metrics."""

    log_loss_skill_above: float
    roc_auc_above: float = Field(ge=0, le=1)
    roc_auc_below: float = Field(ge=0, le=1)
    may_fall: dict[str, NonNegativeFloat] = Field(default_factory=dict)


def failed_gates(gates: Gates, walk_forward: dict[str, Any]) -> list[str]:
    """One sentence per gate that the figures do not pass; empty when all pass."""
    skill = walk_forward["log_loss_skill"] - walk_forward["log_loss_skill_se"]
    auc = walk_forward["roc_auc"] - walk_forward["roc_auc_se"]
    failures = []
    if not skill > gates.log_loss_skill_above:
        failures.append(f"log loss skill less one standard error is {skill:.4f}, not > {gates.log_loss_skill_above}")
    if not auc > gates.roc_auc_above:
        failures.append(f"ROC AUC less one standard error is {auc:.4f}, not > {gates.roc_auc_above}")
    return failures


def refuse_suspected_leak(gates: Gates, name: str, walk_forward: dict[str, Any]) -> None:
    """Stop when the walk-forward ROC AUC of ``name`` is too good to be true.

    Raises:
        UserError: it is above `gates.roc_auc_below`.
    """
    auc = walk_forward["roc_auc"]
    if not auc < gates.roc_auc_below:
        raise UserError(
            f"{name}: walk-forward ROC AUC {auc:.4f} is not < {gates.roc_auc_below}, so a leak of the future is "
            "suspected and no model is written; look for rows that know their target, or raise `gates.roc_auc_below`."
        )
