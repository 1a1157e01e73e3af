"""The ensemble the bot runs: a weighted vote of the members."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.features.names import FEATURE_NAMES
from src.ml.checks import checked_features
from src.ml.member import Member

# As good as infinite: their sum could overflow.
TOO_LARGE = 1e300


class ProductionEnsemble:
    """Weighted mean of the members' probabilities, and a vote at a threshold.

    Args:
        members: fitted members by name.
        weights: one weight per member, finite, ≥ 0, not all 0; they are normalised to sum 1.
        threshold: probability from which on ``predict`` says 1.

    Raises:
        ValueError: other names in weights than in members, or a bad weight or threshold.
    """

    def __init__(self, members: Mapping[str, Member], weights: Mapping[str, float], threshold: float = 0.5) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one member")
        if not 0 < threshold < 1:
            raise ValueError(f"threshold must lie between 0 and 1, not {threshold}")
        self.members = dict(members)
        self.threshold = float(threshold)
        self.feature_names = FEATURE_NAMES
        self.update_weights(weights)

    def update_weights(self, weights: Mapping[str, float]) -> None:
        """Replace the weights; nothing changes when they are refused.

        Raises:
            ValueError: names that are not the members', a weight that is not finite or below 0, or a sum of 0.
        """
        self.weights = normalised_weights(weights, list(self.members))

    def predict_proba(self, features: ArrayLike) -> NDArray[np.float64]:
        """(n, 12) features → (n, 2) float64, the probabilities of 0 and of 1.

        Raises:
            ValueError: unusable features (see ``checked_features``).
        """
        x = checked_features(features)
        return weighted_mean({name: member.predict_proba(x) for name, member in self.members.items()}, self.weights)

    def predict(self, features: ArrayLike) -> NDArray[np.int64]:
        """(n, 12) features → (n,) of 0 and 1: 1 where the probability is at least the threshold."""
        return (self.predict_proba(features)[:, 1] >= self.threshold).astype("int64")

    def get_model_info(self) -> dict[str, Any]:
        """What the ensemble is made of."""
        return {
            "type": type(self).__name__,
            "n_features": len(self.feature_names),
            "feature_names": list(self.feature_names),
            "individual_models": list(self.members),
            "weights": dict(self.weights),
            "threshold": self.threshold,
        }


def weighted_mean(values: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Σ weight · value over the names of ``weights``, always added in that order."""
    total: NDArray[np.float64] | None = None
    for name, weight in weights.items():
        part = weight * values[name]
        total = part if total is None else total + part
    assert total is not None
    return total


def normalised_weights(weights: Mapping[str, float], names: list[str]) -> dict[str, float]:
    """``weights`` in the order of ``names`` with sum 1.

    Raises:
        ValueError: other names, a weight that is not a finite number ≥ 0, or a sum of 0.
    """
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights must be given by name, not as {type(weights).__name__}")
    if set(weights) != set(names):
        raise ValueError(f"weights name {', '.join(sorted(weights)) or 'nothing'}; the members are {', '.join(names)}")
    for name, weight in weights.items():
        number = isinstance(weight, int | float | np.integer | np.floating) and not isinstance(weight, bool)
        if not (number and 0 <= weight < TOO_LARGE):
            raise ValueError(f"the weight of {name} must be a finite number ≥ 0, not {weight!r}")
    total = math.fsum(float(weight) for weight in weights.values())
    if total == 0:
        raise ValueError("at least one weight must be above 0")
    return {name: float(weights[name]) / total for name in names}
