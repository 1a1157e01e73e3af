"""What every member is: a classifier on (n, 12) raw features that pickles to plain data."""

import difflib
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.core.errors import UserError
from src.core.names import FEATURE_NAMES
from src.ml.base.checks import checked_features
from src.ml.base.inputs import INPUT_NAMES, TRANSFORMS
from src.ml.base.trees import TreeTable

# Set by the pipeline, so that neither machine nor user can make two runs differ.
RESERVED = ("n_jobs", "num_threads", "nthread", "verbose", "verbosity", "device", "device_type", "objective")


class Member(ABC):
    """One model of the ensemble.

    Args:
        inputs: the key of ``src.ml.base.inputs.TRANSFORMS`` that is applied to the 12 features.
        rising: names of inputs with which the probability may only rise.
        half_life: training rows so many rows older than the newest weigh half as much; None: all weigh the same.
        settings: parameters of the underlying estimator, by that library's scikit-learn names.

    Raises:
        ValueError: an unknown transform, input or setting, no whole number as `random_state`, or a half-life that is
            not above 0.
    """

    name: ClassVar[str]

    def __init__(
        self, inputs: str = "relative", rising: Sequence[str] = (), half_life: float | None = None, **settings: Any
    ) -> None:
        if not isinstance(inputs, str) or inputs not in TRANSFORMS:
            raise ValueError(f"inputs: {inputs!r} is not one of {', '.join(TRANSFORMS)}")
        wanted = list(rising) if isinstance(rising, list | tuple) else [rising]
        unknown = [name for name in wanted if name not in INPUT_NAMES[inputs]]
        if unknown:
            raise ValueError(f"rising: {unknown[0]} is not an input; there are {', '.join(INPUT_NAMES[inputs])}")
        if half_life is not None and not (_is_number(half_life) and 0 < half_life < math.inf):
            raise ValueError(f"half_life must be a number of rows above 0, not {half_life!r}")
        self.inputs = inputs
        self.rising = tuple(rising)
        self.half_life = half_life
        self.settings = settings
        self.feature_names = FEATURE_NAMES
        _check_settings(settings, self._known_settings())

    def fit(self, features: ArrayLike, target: ArrayLike) -> Self:
        """Train on (n, 12) features and (n,) targets of 0 and 1; one thread, so that the bytes are always the same.

        Raises:
            ValueError: unusable features, or a target of one class only.
        UserError: the estimator cannot use a setting.
        """
        x = checked_features(features)
        y = np.asarray(target).astype("int8")
        if len(y) != len(x):
            raise ValueError(f"{len(x)} rows of features but {len(y)} targets")
        if set(np.unique(y)) != {0, 1}:
            raise ValueError(f"{self.name} needs targets of both classes, 0 and 1; these are {sorted(set(y.tolist()))}")
        try:
            self._fit(TRANSFORMS[self.inputs](x), y, recency_weights(len(y), self.half_life))
        # Each library has errors of its own for a setting it cannot use.
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise UserError(f"params.yaml: `members.{self.name}` cannot be trained: {reason}.") from error
        return self

    @property
    def monotone(self) -> list[int]:
        """Per input 1 where the probability may only rise with it, else 0: the libraries' monotonic constraints."""
        return [int(name in self.rising) for name in INPUT_NAMES[self.inputs]]

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
    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        """Train the underlying estimator; ``weights`` (n,) per row, None where all weigh the same."""

    @abstractmethod
    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        """(n,) probability of 1, computed by one thread."""

    def tree_table(self) -> TreeTable:
        """The fitted trees, for the stage `export`; an adapter without this method cannot be exported.

        Raises:
            UserError: the member has no exporter, or was trained with a setting that its exporter does not know.
        """
        raise UserError(
            f"the member {self.name} cannot be exported: src/ml/members/{self.name}.py is without `tree_table`; "
            "add it (docs/graph.md)."
        )


def recency_weights(rows: int, half_life: float | None) -> NDArray[np.float64] | None:
    """(rows,) ½ ** (age / half_life), 1 for the newest row; None without a half-life."""
    if half_life is None:
        return None
    age = np.arange(rows - 1, -1, -1)
    # Powers differ in their last bits between processors.
    return np.round(0.5 ** (age / half_life), 6)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_settings(settings: dict[str, Any], known: frozenset[str]) -> None:
    for setting in settings:
        if setting in RESERVED:
            raise ValueError(f"{setting} is set by the pipeline; remove it")
        if setting not in known:
            close = difflib.get_close_matches(setting, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{setting} is not a setting of this member{hint}")
    seed = settings.get("random_state")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"random_state must be a whole number ≥ 0, or no two fits are the same; it is {seed!r}")
