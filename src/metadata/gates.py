"""The gates: what walk-forward figures an ensemble must show before it may be called production-ready."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from src.core.errors import UserError
from src.core.params import Section
from src.metadata.figures import Figures

READY = "production_ready"
FAILED = "gates_failed"
LEAK = "leak_suspected"


class Gates(Section):
    """Limits on walk-forward metrics; params.yaml explains each."""

    log_loss_skill_above: float = Field(ge=-1, lt=1)
    roc_auc_above: float = Field(ge=0, lt=1)
    direction_auc_below: float = Field(gt=0, le=1)
    skill_over_volatility_below: float = Field(gt=0, le=1)
    net_return_above: float = Field(ge=-1, le=1000)
    may_fall: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


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


@dataclass(frozen=True)
class Trading:
    """Whether an ensemble may trade with money, its net return as a fraction, and why."""

    ready: bool
    net_return: float | None
    reason: str


def judge_trading(gates: Gates, net_return: Any) -> Trading:
    """The verdict on the net return that the decisions had, walk-forward and after costs; no number is not ready."""
    if isinstance(net_return, bool) or not isinstance(net_return, int | float) or not math.isfinite(net_return):
        return Trading(False, None, "net return after costs unknown")
    ready = net_return > gates.net_return_above
    limit = f"{'' if ready else 'not '}> {100 * gates.net_return_above:.1f} %"
    return Trading(ready, net_return, f"net return {100 * net_return:+.1f} % after costs, {limit}")


@dataclass(frozen=True)
class Verdict:
    """What the gates say of an ensemble: a sentence per failed gate, one per suspected leak, and on trading."""

    failures: list[str]
    leaks: list[str]
    trading: Trading

    @property
    def status(self) -> str:
        """``READY``, ``FAILED`` or, before anything else, ``LEAK``."""
        return LEAK if self.leaks else FAILED if self.failures else READY


def verdict_on(gates: Gates, figures: Figures) -> Verdict:
    """Every gate on ``figures``.

    Raises:
        UserError: they lack one that a gate looks at.
    """
    try:
        failures = failed_gates(gates, figures.models["ensemble"]["walk_forward"])
        leaks = suspected_leaks(gates, figures.models, figures.volatility)
    except (KeyError, TypeError) as error:
        raise UserError(f"reports/metrics lacks what the gates look at ({error}); run `make repro`.") from None
    trading = judge_trading(gates, figures.net_return)
    if leaks:
        trading = Trading(False, trading.net_return, "a leak is suspected, so its net return says nothing")
    return Verdict(failures, leaks, trading)
