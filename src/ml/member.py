"""What every member is: a classifier on (n, 12) raw features that pickles to plain data."""

import difflib
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.features.names import FEATURE_NAMES
from src.ml.checks import checked_features
from src.ml.inputs import TRANSFORMS

# Set by the pipeline, so that neither machine nor user can make two runs differ.
RESERVED = ("n_jobs", "num_threads", "nthread", "verbose", "verbosity", "device", "device_type")


class Member(ABC):
    """One model of the ensemble.

    Args:
        inputs: the key of ``src.ml.inputs.TRANSFORMS`` that is applied to the 12 features.
        settings: parameters of the underlying estimator, by that library's scikit-learn names.

    Raises:
        ValueError: an unknown transform or setting.
    """

    name: ClassVar[str]

    def __init__(self, inputs: str = "relative", **settings: Any) -> None:
        if inputs not in TRANSFORMS:
            raise ValueError(f"inputs: {inputs!r} is not one of {', '.join(TRANSFORMS)}")
        self.inputs = inputs
        self.settings = settings
        self.feature_names = FEATURE_NAMES
        _check_settings(settings, self._known_settings())

    def fit(self, features: ArrayLike, target: ArrayLike) -> Self:
        """Train on (n, 12) features and (n,) targets of 0 and 1; one thread, so that the bytes are always the same.

        Raises:
            ValueError: unusable features, or a target of one class only.
        """
        x = checked_features(features)
        y = np.asarray(target).astype("int8")
        if len(y) != len(x):
            raise ValueError(f"{len(x)} rows of features but {len(y)} targets")
        if set(np.unique(y)) != {0, 1}:
            raise ValueError(f"{self.name} needs targets of both classes, 0 and 1; these are {sorted(set(y.tolist()))}")
        self._fit(TRANSFORMS[self.inputs](x), y)
        return self

    def predict_proba(self, features: ArrayLike) -> NDArray[np.float64]:
        """(n, 12) features → (n, 2) float64, the probabilities of 0 and of 1.

        Raises:
            ValueError: unusable features (see ``checked_features``).
        """
        inputs = TRANSFORMS[self.inputs](checked_features(features))
        positive = self._probability(inputs) if len(inputs) else np.empty(0)
        positive = np.asarray(positive, dtype="float64")
        return np.column_stack([1 - positive, positive])

    def predict(self, features: ArrayLike) -> NDArray[np.int64]:
        """(n, 12) features → (n,) of 0 and 1: 1 where the probability is at least ½."""
        return (self.predict_proba(features)[:, 1] >= 0.5).astype("int64")

    @abstractmethod
    def _known_settings(self) -> frozenset[str]:
        """The names the underlying estimator takes."""

    @abstractmethod
    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8]) -> None:
        """Train the underlying estimator."""

    @abstractmethod
    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        """(n,) probability of 1, computed by one thread."""


def _check_settings(settings: dict[str, Any], known: frozenset[str]) -> None:
    for setting in settings:
        if setting in RESERVED:
            raise ValueError(f"{setting} is set by the pipeline; remove it")
        if setting not in known:
            close = difflib.get_close_matches(setting, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{setting} is not a setting of this member{hint}")
