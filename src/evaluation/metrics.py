"""Scores of probabilities, per fold and over the folds, with their standard errors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import (
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

DIGITS = 6  # of tracked figures: the last bits differ between processors
CALIBRATION_BINS = 10
# These metrics are printed with the standard error of their mean over the folds.
WITH_ERROR = ("log_loss_skill", "roc_auc", "roc_auc_mirrored", "roc_auc_direction", "calibration_error")


def score(target: NDArray[Any], probability: NDArray[np.float64], base_rate: float, threshold: float) -> dict[str, Any]:
    """Scores of one set of rows.

    Args:
        target: (n,) of 0 and 1.
        probability: (n,) of 1.
        base_rate: what a model without inputs would answer: the share of 1s in the training rows.
        threshold: probability from which on the decision is 1.

    Returns:
        log_loss; log_loss_skill = 1 − log_loss / log_loss(base rate); roc_auc; brier; calibration_error; precision,
        recall and f1 (of class 1); f1_weighted (by class frequency); predicted_positive_share; n.
        Definitions: scikit-learn; the calibration error is ``calibration_error``.
    """
    decision = (probability >= threshold).astype("int8")
    loss = log_loss(target, probability, labels=[0, 1])
    reference = log_loss(target, np.full(len(target), base_rate), labels=[0, 1])
    return {
        "log_loss": loss,
        "log_loss_skill": 1 - loss / reference,
        "roc_auc": roc_auc_score(target, probability),
        "brier": brier_score_loss(target, probability),
        "calibration_error": calibration_error(target, probability),
        "precision": precision_score(target, decision, zero_division=0),
        "recall": recall_score(target, decision, zero_division=0),
        "f1": f1_score(target, decision, zero_division=0),
        "f1_weighted": f1_score(target, decision, average="weighted", zero_division=0),
        "predicted_positive_share": decision.mean(),
        "n": len(target),
    }


def calibration_error(target: NDArray[Any], probability: NDArray[np.float64]) -> float:
    """Mean |probability − frequency of 1| over ten bins of equally many rows, ordered by probability.

    Source: expected calibration error of Naeini et al., AAAI 2015, with equally filled bins.
    """
    order = np.argsort(probability, kind="stable")
    bins = [part for part in np.array_split(order, CALIBRATION_BINS) if len(part)]
    gaps = [abs(probability[part].mean() - target[part].mean()) * len(part) for part in bins]
    return float(np.sum(gaps) / len(target))


def direction_scores(target: NDArray[Any], fell: NDArray[Any], probability: NDArray[np.float64]) -> dict[str, float]:
    """What the probability of a rise says about the opposite event.

    Args:
        target: (n,) 1 where the price rose by more than the target's threshold.
        fell: (n,) 1 where it fell by more than that.
        probability: (n,) of a rise.

    Returns:
        roc_auc_mirrored: of the probability for ``fell``; far above ½ means that it ranks movement, not direction.
        roc_auc_direction: for rises against falls, among the rows that did either. NaN where a class is missing.
    """
    moved = (target == 1) | (fell == 1)
    return {
        "roc_auc_mirrored": auc_where_known(fell, probability),
        "roc_auc_direction": auc_where_known(target[moved], probability[moved]),
    }


def auc_where_known(target: NDArray[Any], probability: NDArray[np.float64]) -> float:
    """The ROC AUC; NaN where the target has one class only."""
    return roc_auc_score(target, probability) if len(np.unique(target)) > 1 else float("nan")


def fold_scores(predictions: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """One row of ``score`` and ``direction_scores`` per fold of an out-of-fold table (see
    ``src.validation.walk_forward``)."""
    rows = []
    for number, fold in predictions.groupby("fold"):
        target, probability = fold["target"].to_numpy(), fold["probability"].to_numpy()
        row = {"fold": number} | score(target, probability, float(fold["base_rate"].iloc[0]), threshold)
        rows.append(row | direction_scores(target, fold["fell"].to_numpy(), probability))
    return pd.DataFrame(rows)


def fold_losses(predictions: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """(folds,) log loss of the probabilities in ``column``."""
    folds = predictions.groupby("fold")
    return np.array([log_loss(fold["target"], fold[column].astype("float64"), labels=[0, 1]) for _, fold in folds])


def walk_forward_metrics(predictions: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Unweighted means over the folds; ``…_se`` is the standard deviation of the folds' values / √folds.

    The folds are months long, so they are nearly independent. Single hours and days are not: the hours of one calm
    half-year resemble each other, and a standard error over them would be far too small.
    """
    folds = fold_scores(predictions, threshold)
    values: dict[str, Any] = {}
    for name in folds.columns.drop(["fold", "n"]):
        values[name] = _rounded(folds[name].mean())
        if name in WITH_ERROR:
            values[f"{name}_se"] = _rounded(folds[name].std(ddof=1) / np.sqrt(len(folds)))
    return values | {"n": int(folds["n"].sum()), "folds": len(folds)}


def training_metrics(
    target: NDArray[Any], probability: NDArray[np.float64], threshold: float
) -> dict[str, float | int | None]:
    """``score`` on the rows the model was trained on: what it remembers, not what it can do."""
    values = score(target, probability, float(target.mean()), threshold)
    return {name: value if name == "n" else _rounded(value) for name, value in values.items()}


def metrics_documents(
    out_of_fold: Mapping[str, pd.DataFrame], in_sample: Mapping[str, pd.DataFrame], threshold: float
) -> dict[str, dict[str, Any]]:
    """`{"walk_forward": …, "train": …}` by model; `rows_capped_at` where a model was trained on fewer rows than others.

    Args:
        out_of_fold: tables of ``src.validation.out_of_fold`` by model.
        in_sample: likewise, the same models.
        threshold: of the decision.
    """
    most = max(len(table) for table in in_sample.values())
    figures: dict[str, dict[str, Any]] = {}
    for name, table in out_of_fold.items():
        trained = in_sample[name]
        train = training_metrics(trained["target"].to_numpy(), trained["probability"].to_numpy(), threshold)
        figures[name] = {"walk_forward": walk_forward_metrics(table, threshold), "train": train}
        if len(trained) < most:
            figures[name]["rows_capped_at"] = len(trained)
    return figures


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS)
