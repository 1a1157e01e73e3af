"""One model against another on the same folds: the paired difference and its standard error."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from src.evaluation.metrics import DIGITS, fold_losses, fold_scores
from src.ml.vote import weighted_mean

PAIRED = ("log_loss_skill", "roc_auc")
STEPS = 10  # of the grid of weights


def compare(
    models: Mapping[str, pd.DataFrame], baselines: Mapping[str, pd.DataFrame], threshold: float
) -> dict[str, Any]:
    """`reports/metrics/comparison.json`: the ensemble against each member and baseline, and the best weights.

    Args:
        models: the out-of-fold tables of the members and of `ensemble`.
        baselines: those of the baselines.
        threshold: of the decision.
    """
    scores = {name: fold_scores(table, threshold) for name, table in {**models, **baselines}.items()}
    own = scores.pop("ensemble")
    differences = {name: _paired_difference(own, other) for name, other in scores.items()}
    members = {name: table for name, table in models.items() if name != "ensemble"}
    skills = {name: float(scores[name]["log_loss_skill"].mean()) for name in members}
    return {
        "ensemble_minus": differences,
        "against_best_member": beats_best_member(skills, differences),
        "best_weights_in_hindsight": best_weights(members),
    }


def paired_differences(
    first: pd.DataFrame, others: Mapping[str, pd.DataFrame], threshold: float
) -> dict[str, dict[str, float]]:
    """``first`` less each of ``others``: mean over the folds and standard error of the fold-wise difference.

    What all models find hard in a fold cancels out, so the error is far below that of either figure alone.

    Args:
        first: an out-of-fold table.
        others: out-of-fold tables of the same rows.
        threshold: of the decision.

    Returns:
        per other `log_loss_skill`, `log_loss_skill_se`, `roc_auc`, `roc_auc_se`.
    """
    own = fold_scores(first, threshold)
    return {name: _paired_difference(own, fold_scores(table, threshold)) for name, table in others.items()}


def _paired_difference(own: pd.DataFrame, other: pd.DataFrame) -> dict[str, float]:
    """Of two tables of ``fold_scores``."""
    gap = own[list(PAIRED)] - other[list(PAIRED)]
    errors = gap.std(ddof=1) / np.sqrt(len(gap))
    return {
        key: round(float(value), DIGITS)
        for metric in PAIRED
        for key, value in ((metric, gap[metric].mean()), (f"{metric}_se", errors[metric]))
    }


def beats_best_member(skills: Mapping[str, float], differences: Mapping[str, dict[str, float]]) -> dict[str, Any]:
    """Whether the ensemble's walk-forward skill is above that of its best member, and by how much.

    Args:
        skills: the members' walk-forward skill.
        differences: ``paired_differences`` of the ensemble.
    """
    best = max(skills, key=lambda name: skills[name])
    gap = differences[best]
    return {
        "best_member": best,
        "ensemble_beats_it": gap["log_loss_skill"] > 0,
        "by_more_than_one_se": gap["log_loss_skill"] > gap["log_loss_skill_se"],
    }


def best_weights(predictions: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The weights, in steps of 0.1, of the least mean fold log loss: chosen with the answers in hand, so in-sample.

    Args:
        predictions: the members' out-of-fold tables.
    """
    names = list(predictions)
    base = predictions[names[0]]
    reference = fold_losses(base, "base_rate")
    columns = {name: table["probability"].to_numpy() for name, table in predictions.items()}
    best: dict[str, Any] = {}
    # Each way to put len(names) - 1 bars between STEPS stars: what stands between two bars is one member's count.
    places = STEPS + len(names) - 1
    for bars in itertools.combinations(range(places), len(names) - 1):
        counts = [end - start - 1 for start, end in itertools.pairwise((-1, *bars, places))]
        weights = {name: count / STEPS for name, count in zip(names, counts, strict=True)}
        losses = fold_losses(base.assign(probability=weighted_mean(columns, weights)), "probability")
        skill = round(float((1 - losses / reference).mean()), DIGITS)
        if not best or skill > best["log_loss_skill"]:
            best = {"weights": weights, "log_loss_skill": skill}
    return best
