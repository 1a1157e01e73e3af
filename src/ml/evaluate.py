"""Evaluate a member, a baseline or the ensemble on the same folds, then on its training rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.features.names import FEATURE_NAMES
from src.ml.ensemble import ProductionEnsemble, weighted_mean
from src.ml.folds import Fold
from src.ml.importance import PREFIX, shuffled_features
from src.ml.metrics import training_metrics, walk_forward_metrics
from src.ml.registry import make_member
from src.ml.walk_forward import Classifier, Report, Variants, walk_forward


@dataclass(frozen=True)
class Evaluation:
    """``model`` trained on every row; ``out_of_fold`` as in ``src.ml.walk_forward`` plus `timestamp` and, where the
    rows have it, `fell`; ``metrics`` with the keys `walk_forward` and `train`."""

    model: Any
    out_of_fold: pd.DataFrame
    metrics: dict[str, Any]


def evaluate_classifier(
    make: Callable[[], Classifier],
    rows: pd.DataFrame,
    folds: list[Fold],
    threshold: float,
    report: Report | None = None,
    variants: Variants | None = None,
) -> Evaluation:
    """Walk forward over the feature table ``rows``, and train on every row of it."""
    features, target = rows[list(FEATURE_NAMES)].to_numpy(), rows["target"].to_numpy()
    result = walk_forward(make, features, target, folds, report, variants=variants)
    predictions = result.out_of_fold
    for name in ("fell", "timestamp"):
        if name in rows:
            predictions.insert(1, name, rows[name].iloc[predictions["row"]].to_numpy())
    metrics = {
        "walk_forward": walk_forward_metrics(predictions, threshold),
        "train": training_metrics(target, result.model.predict_proba(features)[:, 1], threshold),
    }
    return Evaluation(result.model, predictions, metrics)


def evaluate_member(name: str, settings: dict[str, Any], rows: pd.DataFrame, **how: Any) -> Evaluation:
    """``evaluate_classifier`` for the member ``name`` with its block of params.yaml, for its importance too."""
    return evaluate_classifier(lambda: make_member(name, settings), rows, variants=shuffled_features, **how)


def evaluate_ensemble(
    ensemble: ProductionEnsemble, rows: pd.DataFrame, predictions: Mapping[str, pd.DataFrame]
) -> Evaluation:
    """Evaluate the vote from the members' own walk-forward probabilities; nothing is fitted again."""
    voted = voted_predictions(predictions, ensemble.weights)
    probability = ensemble.predict_proba(rows[list(FEATURE_NAMES)].to_numpy())[:, 1]
    metrics = {
        "walk_forward": walk_forward_metrics(voted, ensemble.threshold),
        "train": training_metrics(np.asarray(rows["target"]), probability, ensemble.threshold),
    }
    return Evaluation(ensemble, voted, metrics)


def voted_predictions(predictions: Mapping[str, pd.DataFrame], weights: Mapping[str, float]) -> pd.DataFrame:
    """The members' out-of-fold tables as one: the weighted mean of every column of probabilities."""
    first = next(iter(predictions.values()))
    columns = [name for name in first.columns if name == "probability" or name.startswith(PREFIX)]
    return first.assign(
        **{
            column: weighted_mean({name: predictions[name][column].to_numpy() for name in weights}, weights)
            for column in columns
        }
    )
