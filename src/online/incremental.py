"""Learners of river, which take one row at a time.

Source: Montiel et al., River: machine learning for streaming data in Python (JMLR 22, 2021).
"""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from src.core.errors import UserError
from src.ml.base.inputs import RELATIVE_NAMES, relative
from src.online.learner import Labels, Learner, Values

SEED = 42
# A tree whose leaf saw one class says 0 or 1; one row would then cost 36 nats.
EDGE = 0.005


class Incremental(Learner):
    """A classifier of river on the inputs `relative`; each known row is learned once, in order.

    Its state is rebuilt by learning the same rows again: river keeps models as pickles alone.

    Args:
        name: a key of ``RIVER``.

    Raises:
        UserError: river is not installed.
    """

    every = "bar"

    def __init__(self, name: str) -> None:
        self.name = name
        self.model = self._made()

    def _made(self) -> Any:
        try:
            return RIVER[self.name]()
        except ModuleNotFoundError as error:
            raise UserError(f"the library {error.name} is not installed; run `make setup`.") from None

    def begin(self, features: Values, target: Labels) -> None:
        self.model, self.learned = self._made(), 0
        self.learn(features, target)

    def learn(self, features: Values, target: Labels) -> None:
        fresh = slice(self.learned, None)
        for row, label in zip(_rows(features[fresh]), target[fresh].tolist(), strict=True):
            self.model.learn_one(row, label)
        self.learned = len(target)

    def predict(self, features: Values) -> Values:
        told = [self.model.predict_proba_one(row).get(1, 0.0) for row in _rows(features)]
        return np.clip(np.array(told, dtype="float64"), EDGE, 1 - EDGE)

    def size(self) -> int:
        return len(pickle.dumps(self.model))


def _rows(features: Values) -> Sequence[dict[str, float]]:
    return [dict(zip(RELATIVE_NAMES, row, strict=True)) for row in relative(features).astype("float64").tolist()]


def _hoeffding_tree(leaf: str = "nba") -> Any:
    """Domingos and Hulten, Mining High-Speed Data Streams (KDD 2000); ``leaf`` as river's `leaf_prediction`."""
    from river.tree import HoeffdingTreeClassifier

    return HoeffdingTreeClassifier(leaf_prediction=leaf)


def _adaptive_hoeffding_tree() -> Any:
    """Bifet and Gavaldà, Adaptive Learning from Evolving Data Streams (IDA 2009): it replaces branches that decay."""
    from river.tree import HoeffdingAdaptiveTreeClassifier

    return HoeffdingAdaptiveTreeClassifier(seed=SEED)


def _adaptive_forest(leaf: str = "nba") -> Any:
    """Gomes et al., Adaptive random forests for evolving data stream classification (Machine Learning 106, 2017)."""
    from river.forest import ARFClassifier

    return ARFClassifier(leaf_prediction=leaf, seed=SEED)


def _logistic_regression() -> Any:
    """Standardised inputs and stochastic gradient descent, at river's default rate."""
    from river.linear_model import LogisticRegression
    from river.preprocessing import StandardScaler

    return StandardScaler() | LogisticRegression()


# By name; river's own defaults but for what the name says.
RIVER: dict[str, Callable[[], Any]] = {
    "hoeffding-tree": _hoeffding_tree,
    "hoeffding-tree-majority": lambda: _hoeffding_tree("mc"),
    "adaptive-hoeffding-tree": _adaptive_hoeffding_tree,
    "adaptive-forest": _adaptive_forest,
    "adaptive-forest-majority": lambda: _adaptive_forest("mc"),
    "logistic-regression": _logistic_regression,
}
