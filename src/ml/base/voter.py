"""What has a vote in the ensemble, however many questions it asks to come to its probability."""

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Voter(ABC):
    """A fitted model with a name in params.yaml.

    Attributes:
        feature_names: the k features that it takes, in order.
    """

    feature_names: tuple[str, ...]

    @property
    @abstractmethod
    def name(self) -> str:
        """The adapter's."""

    @abstractmethod
    def fit(self, features: ArrayLike, target: ArrayLike) -> Self:
        """Train on (n, k) features and (n,) targets; one thread, so that the bytes are always the same.

        Raises:
            ValueError: unusable features or targets.
            UserError: the estimator cannot use a setting.
        """

    @abstractmethod
    def predict_proba(self, features: ArrayLike) -> NDArray[np.float64]:
        """(n, k) features → (n, 2) float64, the probabilities of 0 and of 1.

        Raises:
            ValueError: unusable features (see ``checked_features``).
        """

    def predict(self, features: ArrayLike) -> NDArray[np.int64]:
        """(n, k) features → (n,) of 0 and 1: 1 where the probability is at least ½."""
        return (self.predict_proba(features)[:, 1] >= 0.5).astype("int64")

    @abstractmethod
    def verify(self) -> None:
        """Refuse a state that no training gives: a library handed a forged one may end the process.

        Raises:
            ValueError: what is wrong.
        """
