"""How a figure is written with its standard error: the one place that decides signs and digits."""

from collections.abc import Mapping
from typing import Any

# A difference of skills matters in the fourth digit, one of ROC AUCs in the third.
SKILL_DIGITS, AUC_DIGITS = 4, 3


def with_error(value: float, error: float, digits: int, *, signed: bool = False) -> str:
    """`0.654 ± 0.027`, or with ``signed`` `+0.654 ± 0.027`."""
    # Adding 0 turns −0.0 into 0.0.
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed else ''}.{digits}f} ± {error:.{digits}f}"


def skill(scores: Mapping[str, Any], digits: int = SKILL_DIGITS) -> str:
    """`+0.0905 ± 0.0261`: the log loss skill of walk-forward metrics, or a difference of skills."""
    return with_error(scores["log_loss_skill"], scores["log_loss_skill_se"], digits, signed=True)


def auc(scores: Mapping[str, Any], key: str = "roc_auc", digits: int = AUC_DIGITS) -> str:
    """`0.654 ± 0.027`: the ROC AUC of walk-forward metrics, or the figure ``key`` that is one."""
    return with_error(scores[key], scores[f"{key}_se"], digits)
