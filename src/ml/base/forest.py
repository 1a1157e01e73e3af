"""What the forests of scikit-learn share: the fitted estimator is kept, and its trees are asked one by one."""

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.member import Member
from src.ml.base.trees import TreeTable, table_of_forest

# What the pickle of any of scikit-learn's trees names, beside its own classes.
TREE_PICKLE_NAMES = (
    ("sklearn.tree._tree", "Tree"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
)


class ForestMember(Member):
    """Kept as the fitted scikit-learn estimator with ``n_jobs`` 1: more threads change the last bit of the sum."""

    forest: Any

    @abstractmethod
    def _kinds(self) -> tuple[type, type]:
        """The classes of the forest and of its trees."""

    def verify(self) -> None:
        from sklearn.tree._tree import Tree

        super().verify()
        kind, tree_kind = self._kinds()
        forest = getattr(self, "forest", None)
        estimators = getattr(forest, "estimators_", None)
        parts = estimators if type(forest) is kind and isinstance(estimators, list) else []
        trees = [getattr(part, "tree_", None) if type(part) is tree_kind else None for part in parts]
        wanted = (len(self.input_names), 2)
        fit = [isinstance(tree, Tree) and (tree.n_features, tree.max_n_classes) == wanted for tree in trees]
        shares = [tree.value.min() >= 0 and tree.value.max() <= 1 for tree in trees if tree] if all(fit) else []
        if not (shares and all(shares)):
            name = self.name.replace("_", " ")
            raise ValueError(f"the {name} holds no trees, or one that is not fitted to these inputs and classes")

    def _known_settings(self) -> frozenset[str]:
        return frozenset(self._kinds()[0]().get_params())

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        settings = self.settings | ({"monotonic_cst": self.monotone} if self.rising else {})
        self.forest = self._kinds()[0](**settings, n_jobs=1).fit(inputs, target, sample_weight=weights)

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        # The trees themselves: the bits of the forest's `predict_proba`, without its pool of threads (4 ms a call).
        trees = [estimator.tree_ for estimator in self.forest.estimators_]
        total = np.zeros(len(inputs))
        for tree in trees:
            total += tree.predict(inputs)[:, 1]
        return total / len(trees)

    def tree_table(self) -> TreeTable:
        return table_of_forest(self.forest)
