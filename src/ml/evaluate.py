"""Evaluate a member, a baseline or the ensemble on the same folds, then on its training rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.features.names import FEATURE_NAMES
from src.ml.ensemble import ProductionEnsemble, weighted_mean
from src.ml.metrics import training_metrics, walk_forward_metrics
from src.ml.registry import make_member
from src.ml.walk_forward import Classifier, expanding_folds, out_of_fold_probabilities


@dataclass(frozen=True)
class Evaluation:
    """``model`` trained on every row; ``out_of_fold`` as ``out_of_fold_probabilities`` plus `timestamp`;
    ``metrics`` with the keys `walk_forward` and `train`."""

    model: Any
    out_of_fold: pd.DataFrame
    metrics: dict[str, Any]


def evaluate_classifier(
    make: Callable[[], Classifier],
    rows: pd.DataFrame,
    folds: int,
    purge: int,
    threshold: float,
    report: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Walk forward, then train on every row of the feature table ``rows``."""
    features, target = rows[list(FEATURE_NAMES)].to_numpy(), rows["target"].to_numpy()
    split = expanding_folds(len(rows), folds, purge)
    predictions = out_of_fold_probabilities(make, features, target, split, report)
    predictions.insert(1, "timestamp", rows["timestamp"].iloc[predictions["row"]].to_numpy())
    model = make()
    model.fit(features, target)
    metrics = {
        "walk_forward": walk_forward_metrics(predictions, threshold),
        "train": training_metrics(target, model.predict_proba(features)[:, 1], threshold),
    }
    return Evaluation(model, predictions, metrics)


def evaluate_member(name: str, settings: dict[str, Any], rows: pd.DataFrame, **how: Any) -> Evaluation:
    """``evaluate_classifier`` for the member ``name`` with its block of params.yaml."""
    return evaluate_classifier(lambda: make_member(name, settings), rows, **how)


def evaluate_ensemble(
    ensemble: ProductionEnsemble, rows: pd.DataFrame, predictions: Mapping[str, pd.DataFrame]
) -> Evaluation:
    """Evaluate the vote from the members' own walk-forward probabilities; nothing is fitted again."""
    first = next(iter(predictions.values()))
    vote = weighted_mean(
        {name: table["probability"].to_numpy() for name, table in predictions.items()}, ensemble.weights
    )
    voted = first.assign(probability=vote)
    probability = ensemble.predict_proba(rows[list(FEATURE_NAMES)].to_numpy())[:, 1]
    metrics = {
        "walk_forward": walk_forward_metrics(voted, ensemble.threshold),
        "train": training_metrics(np.asarray(rows["target"]), probability, ensemble.threshold),
    }
    return Evaluation(ensemble, voted, metrics)
