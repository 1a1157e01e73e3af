"""The ensemble the bot runs: a weighted vote of the members."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.ml.base.checks import checked_features
from src.ml.base.two_headed import TwoHeadedMember
from src.ml.base.voter import Voter
from src.ml.vote import normalised_weights, weighted_mean


class ProductionEnsemble:
    """Weighted mean of the members' probabilities, and a vote at a threshold.

    Args:
        members: fitted members by name, all of the same features.
        weights: one weight per member, finite, ≥ 0, not all 0; they are normalised to sum 1.
        threshold: probability from which on ``predict`` says 1.

    Raises:
        ValueError: other names in weights than in members, a bad weight or threshold, or members of other features.
    """

    def __init__(self, members: Mapping[str, Voter], weights: Mapping[str, float], threshold: float = 0.5) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one member")
        if not 0 < threshold < 1:
            raise ValueError(f"threshold must lie between 0 and 1, not {threshold}")
        self.members = dict(members)
        self.threshold = float(threshold)
        self.feature_names = next(iter(self.members.values())).feature_names
        if any(member.feature_names != self.feature_names for member in self.members.values()):
            raise ValueError("the members were made for different features; run `make repro`")
        self.update_weights(weights)

    def update_weights(self, weights: Mapping[str, float]) -> None:
        """Replace the weights; nothing changes when they are refused.

        Raises:
            ValueError: names that are not the members', a weight that is not finite or below 0, or a sum of 0.
        """
        self.weights = normalised_weights(weights, list(self.members))

    def predict_proba(self, features: ArrayLike) -> NDArray[np.float64]:
        """(n, k) features → (n, 2) float64, the probabilities of 0 and of 1.

        Raises:
            ValueError: unusable features (see ``checked_features``).
        """
        x = checked_features(features, self.feature_names)
        return weighted_mean({name: member.predict_proba(x) for name, member in self.members.items()}, self.weights)

    def predict_heads(self, features: ArrayLike) -> NDArray[np.float64]:
        """(n, k) features → (n, 2) float64: the probability of a rise, and of a move.

        Raises:
            ValueError: unusable features, or members of one head.
        """
        x = checked_features(features, self.feature_names)
        heads = {name: m.predict_heads(x) for name, m in self.members.items() if isinstance(m, TwoHeadedMember)}
        if len(heads) < len(self.members):
            raise ValueError("the members of `features.set: twelve` have one head; ask for predict_proba")
        return weighted_mean(heads, self.weights)

    def predict(self, features: ArrayLike) -> NDArray[np.int64]:
        """(n, k) features → (n,) of 0 and 1: 1 where the probability is at least the threshold."""
        return (self.predict_proba(features)[:, 1] >= self.threshold).astype("int64")

    def verify(self) -> None:
        """Refuse a state that no training gives, the members' among it.

        Raises:
            ValueError: what is wrong.
        """
        members = getattr(self, "members", None)
        if not isinstance(members, dict) or not all(isinstance(member, Voter) for member in members.values()):
            raise ValueError("the ensemble holds what is no member")
        if any(member.name != name for name, member in members.items()):
            raise ValueError("the ensemble calls a member by another's name")
        for member in members.values():
            member.verify()
            if getattr(self, "feature_names", None) != member.feature_names:
                raise ValueError("the ensemble was made for other features than its members")
        weights, threshold = getattr(self, "weights", None), getattr(self, "threshold", None)
        if not isinstance(weights, dict) or type(threshold) is not float or not 0 < threshold < 1:
            raise ValueError("the ensemble has no weights, or no threshold between 0 and 1")
        normalised = normalised_weights(weights, list(members))
        if any(abs(normalised[name] - weight) > 1e-9 for name, weight in weights.items()):
            raise ValueError("the weights of the ensemble do not sum to 1")

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
