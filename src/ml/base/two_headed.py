"""A member that asks two questions: will the price move, and if so which way?"""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.core.names import FEATURE_SETS
from src.ml.base.checks import checked_features
from src.ml.base.member import Member
from src.ml.base.voter import Voter

# The heads; each sees the transform of its name.
HEADS = ("move", "direction")


class TwoHeadedMember(Voter):
    """P(rise) = P(move) · P(rise | move), each by a classifier of the same kind with inputs of its own.

    Args:
        move: unfitted; it learns on all rows whether the close moves by more than the target's threshold.
        direction: unfitted; it learns which way, on the rows that moved.
    """

    def __init__(self, move: Member, direction: Member) -> None:
        self.move = move
        self.direction = direction
        self.feature_names = FEATURE_SETS["wide"]

    @property
    def name(self) -> str:
        """The adapter's."""
        return self.move.name

    def fit(self, features: ArrayLike, target: ArrayLike) -> Self:
        """Train on (n, k) features and (n,) moves: 1 where the price rose, −1 where it fell, 0 where it did neither.

        Raises:
            ValueError: unusable features, no rise or no fall, or nothing but moves.
            UserError: the estimator cannot use a setting.
        """
        x, y = checked_features(features, self.feature_names), np.asarray(target)
        moved = y != 0
        self.move.fit(x, moved)
        self.direction.fit(x[moved], y[moved] > 0)
        return self

    def predict_heads(self, features: ArrayLike) -> NDArray[np.float64]:
        """(n, k) features → (n, 2) float64: the probability of a rise, and of a move.

        Raises:
            ValueError: unusable features (see ``checked_features``).
        """
        x = checked_features(features, self.feature_names)
        move = self.move.predict_proba(x)[:, 1]
        return np.column_stack([move * self.direction.predict_proba(x)[:, 1], move])

    def predict_proba(self, features: ArrayLike) -> NDArray[np.float64]:
        """As ``Voter``; 1 is a rise."""
        rise = self.predict_heads(features)[:, 0]
        return np.column_stack([1 - rise, rise])

    def verify(self) -> None:
        """As ``Voter``, the heads too."""
        for head in HEADS:
            member: Any = getattr(self, head, None)
            if not isinstance(member, Member) or getattr(member, "inputs", None) != head:
                raise ValueError(f"the {head} head of a member is no classifier of that kind")
            member.verify()
        if type(self.move) is not type(self.direction):
            raise ValueError("the heads of a member are not of its kind")
        if getattr(self, "feature_names", None) != FEATURE_SETS["wide"]:
            raise ValueError(f"the member {self.name} was made for other features than its heads")
