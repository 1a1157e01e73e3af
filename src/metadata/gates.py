"""The gates: what walk-forward figures an ensemble must show before it may be called production-ready."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, NonNegativeFloat

from src.core.params import Section

READY = "production_ready"
FAILED = "gates_failed"
LEAK = "leak_suspected"


class Gates(Section):
    """Limits on walk-forward metrics; params.yaml explains each."""

    log_loss_skill_above: float
    roc_auc_above: float = Field(ge=0, le=1)
    direction_auc_below: float = Field(gt=0, le=1)
    skill_over_volatility_below: float = Field(gt=0)
    may_fall: dict[str, NonNegativeFloat] = Field(default_factory=dict)


def failed_gates(gates: Gates, walk_forward: Mapping[str, Any]) -> list[str]:
    """One sentence per gate that the ensemble's figures do not pass; empty when all pass."""
    skill = walk_forward["log_loss_skill"] - walk_forward["log_loss_skill_se"]
    auc = walk_forward["roc_auc"] - walk_forward["roc_auc_se"]
    failures = []
    if not skill > gates.log_loss_skill_above:
        failures.append(f"log loss skill less one standard error is {skill:.4f}, not > {gates.log_loss_skill_above}")
    if not auc > gates.roc_auc_above:
        failures.append(f"ROC AUC less one standard error is {auc:.4f}, not > {gates.roc_auc_above}")
    return failures


def suspected_leaks(gates: Gates, models: Mapping[str, Mapping[str, Any]], volatility: Mapping[str, Any]) -> list[str]:
    """One sentence per figure that is too good to be true; empty when there is none.

    The ROC AUC cannot show a leak: a model that knows only volatility ranks rises well too.

    Args:
        gates: their limits.
        models: the metrics documents of the members and of the ensemble.
        volatility: that of the baseline of the same name, on the same folds.
    """
    known = volatility["walk_forward"]["log_loss_skill"]
    found = []
    for name, document in models.items():
        scores = document["walk_forward"]
        direction, gain = scores["roc_auc_direction"], scores["log_loss_skill"] - known
        if direction is not None and not direction < gates.direction_auc_below:
            limit = f"`gates.direction_auc_below` {gates.direction_auc_below}"
            found.append(f"a leak is suspected: {name} tells rises from falls with AUC {direction:.4f}, not < {limit}")
        if not gain < gates.skill_over_volatility_below:
            limit = f"`gates.skill_over_volatility_below` {gates.skill_over_volatility_below}"
            found.append(f"a leak is suspected: {name} has {gain:.4f} more skill than volatility alone, not < {limit}")
    return found


def status_of(failures: list[str], leaks: list[str]) -> str:
    """``READY``, ``FAILED`` or, before anything else, ``LEAK``."""
    return LEAK if leaks else FAILED if failures else READY
