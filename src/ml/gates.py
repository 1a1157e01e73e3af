"""The gates: what walk-forward figures an ensemble must show before it may be called production-ready."""

from typing import Any

from pydantic import Field, NonNegativeFloat

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
    if not walk_forward["roc_auc"] < gates.roc_auc_below:
        failures.append(f"ROC AUC {walk_forward['roc_auc']:.4f} is not < {gates.roc_auc_below}: suspected leak")
    return failures
