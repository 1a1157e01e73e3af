"""Random forest of scikit-learn (Breiman, Machine Learning 45, 2001)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.inputs import INPUT_NAMES
from src.ml.base.member import Member
from src.ml.base.trees import TreeTable, table_of_forest


class RandomForestMember(Member):
    """Kept as the fitted scikit-learn estimator with ``n_jobs`` 1: more threads change the last bit of the sum."""

    name = "random_forest"
    pickle_names = (
        ("sklearn.ensemble._forest", "RandomForestClassifier"),
        ("sklearn.tree._classes", "DecisionTreeClassifier"),
        ("sklearn.tree._tree", "Tree"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
    )

    def verify(self) -> None:
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.tree import DecisionTreeClassifier
        from sklearn.tree._tree import Tree

        super().verify()
        forest = getattr(self, "forest", None)
        estimators = getattr(forest, "estimators_", None)
        parts = estimators if isinstance(forest, RandomForestClassifier) and isinstance(estimators, list) else []
        trees = [getattr(part, "tree_", None) if isinstance(part, DecisionTreeClassifier) else None for part in parts]
        wanted = (len(INPUT_NAMES[self.inputs]), 2)
        fit = [isinstance(tree, Tree) and (tree.n_features, tree.max_n_classes) == wanted for tree in trees]
        shares = [tree.value.min() >= 0 and tree.value.max() <= 1 for tree in trees if tree] if all(fit) else []
        if not (shares and all(shares)):
            raise ValueError("the random forest holds no trees, or one that is not fitted to these inputs and classes")

    def _known_settings(self) -> frozenset[str]:
        from sklearn.ensemble import RandomForestClassifier

        return frozenset(RandomForestClassifier().get_params())

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from sklearn.ensemble import RandomForestClassifier

        settings = self.settings | ({"monotonic_cst": self.monotone} if self.rising else {})
        self.forest = RandomForestClassifier(**settings, n_jobs=1).fit(inputs, target, sample_weight=weights)

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        # The trees themselves: the bits of the forest's `predict_proba`, without its pool of threads (4 ms a call).
        trees = [estimator.tree_ for estimator in self.forest.estimators_]
        total = np.zeros(len(inputs))
        for tree in trees:
            total += tree.predict(inputs)[:, 1]
        return total / len(trees)

    def tree_table(self) -> TreeTable:
        return table_of_forest(self.forest)
