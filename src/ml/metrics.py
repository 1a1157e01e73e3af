"""Scores of probabilities, per fold and over the folds, with their standard errors."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss, f1_score, log_loss, roc_auc_score

DIGITS = 6  # of tracked figures: the last bits differ between processors


def score(target: NDArray[Any], probability: NDArray[np.float64], base_rate: float, threshold: float) -> dict[str, Any]:
    """Scores of one set of rows.

    Args:
        target: (n,) of 0 and 1.
        probability: (n,) of 1.
        base_rate: what a model without inputs would answer: the share of 1s in the training rows.
        threshold: probability from which on the decision is 1.

    Returns:
        log_loss; log_loss_skill = 1 − log_loss / log_loss(base rate); roc_auc; brier; f1 (of class 1); f1_weighted
        (by class frequency); predicted_positive_share; n. Definitions: scikit-learn.
    """
    decision = (probability >= threshold).astype("int8")
    loss = log_loss(target, probability, labels=[0, 1])
    reference = log_loss(target, np.full(len(target), base_rate), labels=[0, 1])
    return {
        "log_loss": loss,
        "log_loss_skill": 1 - loss / reference,
        "roc_auc": roc_auc_score(target, probability),
        "brier": brier_score_loss(target, probability),
        "f1": f1_score(target, decision, zero_division=0),
        "f1_weighted": f1_score(target, decision, average="weighted", zero_division=0),
        "predicted_positive_share": decision.mean(),
        "n": len(target),
    }


def fold_scores(predictions: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """One row of ``score`` per fold of an out-of-fold table (see ``out_of_fold_probabilities``)."""
    rows = [
        {"fold": number}
        | score(fold["target"].to_numpy(), fold["probability"].to_numpy(), float(fold["base_rate"].iloc[0]), threshold)
        for number, fold in predictions.groupby("fold")
    ]
    return pd.DataFrame(rows)


def walk_forward_metrics(predictions: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Unweighted means over the folds; ``…_se`` is the standard deviation of the folds' values / √folds.

    The folds are the only pieces of the series long enough to count as nearly independent.
    """
    folds = fold_scores(predictions, threshold)
    means = folds.drop(columns=["fold", "n"]).mean().to_dict()
    errors = {f"{name}_se": folds[name].std(ddof=1) / np.sqrt(len(folds)) for name in ("log_loss_skill", "roc_auc")}
    order = ["log_loss", "log_loss_skill", "log_loss_skill_se", "roc_auc", "roc_auc_se", "brier", "f1", "f1_weighted"]
    values = means | errors
    return {name: _rounded(values[name]) for name in [*order, "predicted_positive_share"]} | {
        "n": int(folds["n"].sum()),
        "folds": len(folds),
    }


def training_metrics(
    target: NDArray[Any], probability: NDArray[np.float64], threshold: float
) -> dict[str, float | int]:
    """``score`` on the rows the model was trained on: what it remembers, not what it can do."""
    values = score(target, probability, float(target.mean()), threshold)
    return {name: value if name == "n" else _rounded(value) for name, value in values.items()}


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
