"""Permutation importance, out of fold: how much log loss grows when a feature is shuffled.

Source: Breiman, Random Forests, Machine Learning 45 (2001).
"""

import numpy as np
import pandas as pd

from src.evaluation.metrics import fold_losses
from src.validation.out_of_fold import PREFIX, WIDE_GROUPS


def importance_table(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """`feature, log_loss_increase, se`: mean over the folds of the loss with the feature shuffled less that without.

    Args:
        out_of_fold: with the columns of ``shuffled_features``.
    """
    plain = fold_losses(out_of_fold, "probability")
    rows = []
    for group, names in WIDE_GROUPS.items():
        if f"{PREFIX}{group}" not in out_of_fold:
            continue
        increase = fold_losses(out_of_fold, f"{PREFIX}{group}") - plain
        rows.append(("+".join(names), increase.mean(), increase.std(ddof=1) / np.sqrt(len(increase))))
    return pd.DataFrame(rows, columns=["feature", "log_loss_increase", "se"])
