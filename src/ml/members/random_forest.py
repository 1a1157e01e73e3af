"""Random forest of scikit-learn (Breiman, Machine Learning 45, 2001)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.member import Member
from src.ml.base.trees import TreeTable, table_of_forest


class RandomForestMember(Member):
    """Kept as the fitted scikit-learn estimator with ``n_jobs`` 1: more threads change the last bit of the sum."""

    name = "random_forest"

    def _known_settings(self) -> frozenset[str]:
        from sklearn.ensemble import RandomForestClassifier

        return frozenset(RandomForestClassifier().get_params())

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from sklearn.ensemble import RandomForestClassifier

        settings = self.settings | ({"monotonic_cst": self.monotone} if self.rising else {})
        self.forest = RandomForestClassifier(**settings, n_jobs=1).fit(inputs, target, sample_weight=weights)

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        return self.forest.predict_proba(inputs)[:, 1]

    def tree_table(self) -> TreeTable:
        return table_of_forest(self.forest)
