"""Tables that `dvc plots` draws: members, ensemble and baselines on one picture each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from src.ml.metrics import DIGITS, fold_scores

ROC_POINTS = 101


def roc_points(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`model, false_positive_rate, true_positive_rate` of all out-of-fold rows together, on an even grid."""
    grid = np.linspace(0, 1, ROC_POINTS)
    curves = []
    for name, table in predictions.items():
        false_positive, true_positive, _ = roc_curve(table["target"], table["probability"])
        rate = np.interp(grid, false_positive, true_positive)
        curves.append(pd.DataFrame({"model": name, "false_positive_rate": grid, "true_positive_rate": rate}))
    return pd.concat(curves, ignore_index=True).round(DIGITS)


def skill_by_fold(predictions: Mapping[str, pd.DataFrame], threshold: float) -> pd.DataFrame:
    """`model, fold, until, log_loss_skill`; ``until`` is the day of the fold's last row."""
    tables = []
    for name, table in predictions.items():
        until = table.groupby("fold")["timestamp"].max().dt.strftime("%Y-%m-%d").to_numpy()
        scores = fold_scores(table, threshold)[["fold", "log_loss_skill"]]
        scores.insert(1, "until", until)
        scores.insert(0, "model", name)
        tables.append(scores)
    return pd.concat(tables, ignore_index=True).round(DIGITS)
