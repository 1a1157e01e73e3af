"""What every member is: a classifier on (n, k) raw features that pickles to plain data."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.core.errors import UserError
from src.ml.base.checks import checked_features
from src.ml.base.inputs import CHOICES, INPUT_NAMES, TAKES, TRANSFORMS
from src.ml.base.layers import LayerTable
from src.ml.base.settings import LONGEST_SHOWN, check_half_life, check_settings, shown
from src.ml.base.trees import TreeTable
from src.ml.base.verify import refuse_wide_trees
from src.ml.base.voter import Voter


class Member(Voter):
    """One model of the ensemble.

    Args:
        inputs: the key of ``src.ml.base.inputs.TRANSFORMS`` that is applied to the features; it says which these are.
        rising: names of inputs with which the probability may only rise.
        without: names of inputs that the member does not see.
        half_life: training rows so many rows older than the newest weigh half as much; None: all weigh the same.
        settings: parameters of the underlying estimator, by that library's scikit-learn names.

    Raises:
        ValueError: an unknown transform, input or setting, or a value that ``src.ml.base.settings`` refuses.
    """

    name: ClassVar[str]
    # Modules and names that its pickle contains beside the member's own class; anything else is refused unrun.
    pickle_names: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(
        self,
        /,
        inputs: str = "relative",
        rising: Sequence[str] = (),
        half_life: float | None = None,
        without: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        if not isinstance(inputs, str) or inputs not in TRANSFORMS:
            raise ValueError(f"inputs: {shown(inputs)} is not one of {', '.join(CHOICES)}")
        self.inputs = inputs
        if _checked_names("without", without, INPUT_NAMES[inputs]):
            # Not kept where it says nothing: the pickle of a member that sees all its inputs stays as it was.
            self.without = tuple(without)
        if not self.input_names:
            raise ValueError("without: no input is left; leave at least one")
        _checked_names("rising", rising, self.input_names)
        check_half_life(half_life)
        self.rising = tuple(rising)
        self.half_life = half_life
        self.settings = settings
        self.feature_names = TAKES[inputs]
        check_settings(settings, self._known_settings())

    def fit(self, features: ArrayLike, target: ArrayLike) -> Self:
        """Train on (n, k) features and (n,) targets of 0 and 1; one thread, so that the bytes are always the same.

        Raises:
            ValueError: unusable features, or a target of one class only.
            UserError: the estimator cannot use a setting.
        """
        x = checked_features(features, self.feature_names)
        y = np.asarray(target).astype("int8")
        if len(y) != len(x):
            raise ValueError(f"{len(x)} rows of features but {len(y)} targets")
        if set(np.unique(y)) != {0, 1}:
            raise ValueError(f"{self.name} needs targets of both classes, 0 and 1; these are {sorted(set(y.tolist()))}")
        try:
            self._fit(self._seen(x), y, recency_weights(len(y), self.half_life))
        # Each library has errors of its own for a setting it cannot use.
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise UserError(f"params.yaml: `members.{self.name}` cannot be trained: {reason}.") from error
        return self

    def verify(self) -> None:
        """As ``Voter``; adapters check beside this what they keep of their library."""
        plain = {"inputs": str, "rising": tuple, "settings": dict, "feature_names": tuple}
        wrong = [name for name, kind in plain.items() if type(getattr(self, name, None)) is not kind]
        if wrong or self.inputs not in TRANSFORMS:
            raise ValueError(f"the member {self.name} has no usable {wrong[0] if wrong else 'inputs'}")
        if self.feature_names != TAKES[self.inputs]:
            raise ValueError(f"the member {self.name} was made for other features than its inputs are made of")
        dropped = vars(self).get("without", ("",))
        if type(dropped) is not tuple or not dropped or not self.input_names:
            raise ValueError(f"the member {self.name} has no usable without")
        refuse_wide_trees(vars(self), len(self.input_names))

    @property
    def input_names(self) -> tuple[str, ...]:
        """The inputs that the estimator sees, in order."""
        return tuple(name for name in INPUT_NAMES[self.inputs] if name not in vars(self).get("without", ()))

    @property
    def monotone(self) -> list[int]:
        """Per input 1 where the probability may only rise with it, else 0: the libraries' monotonic constraints."""
        return [int(name in self.rising) for name in self.input_names]

    def _seen(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        """(n, 12) features → what the estimator sees of them."""
        inputs = TRANSFORMS[self.inputs](features)
        if "without" not in vars(self):
            return inputs
        names = INPUT_NAMES[self.inputs]
        return np.ascontiguousarray(inputs[:, [names.index(name) for name in self.input_names]])

    def predict_proba(self, features: ArrayLike) -> NDArray[np.float64]:
        """As ``Voter``."""
        inputs = self._seen(checked_features(features, self.feature_names))
        positive = self._probability(inputs) if len(inputs) else np.empty(0)
        positive = np.asarray(positive, dtype="float64")
        return np.column_stack([1 - positive, positive])

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

    def graph_table(self) -> TreeTable | LayerTable:
        """What the stage `export` writes: the trees, or the layers of a member that has none.

        Raises:
            UserError: as ``tree_table``.
        """
        return self.tree_table()


def _checked_names(key: str, given: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    # A string is a sequence too, of letters that name no input: all constraints would be off.
    if type(given) not in {list, tuple}:
        raise ValueError(f"{key} must be a list, as [volume_ratio], not {shown(given)}")
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"{key}: {str(unknown[0])[:LONGEST_SHOWN]} is not an input; the inputs are {', '.join(known)}")
    return given


def recency_weights(rows: int, half_life: float | None) -> NDArray[np.float64] | None:
    """(rows,) ½ ** (age / half_life), 1 for the newest row; None without a half-life."""
    if half_life is None:
        return None
    age = np.arange(rows - 1, -1, -1)
    # Powers differ in their last bits between processors.
    return np.round(0.5 ** (age / half_life), 6)
