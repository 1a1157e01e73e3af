"""LightGBM: gradient boosting with leaf-wise trees (Ke et al., NeurIPS 2017)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.core.errors import UserError
from src.ml.base.boosted import BoostedMember, Watcher
from src.ml.base.trees import LEAF, Tree, TreeTable

# Parameters of LightGBM that its scikit-learn class takes without naming them.
NATIVE = frozenset({"path_smooth"})
# LightGBM takes every |input| up to here for 0.
ZERO = np.float32(1e-35)


class LightGBMMember(BoostedMember):
    """Kept as LightGBM's text model."""

    name = "lightgbm"
    _model: str

    def verify(self) -> None:
        from src.ml.formats.lightgbm_text import check_model_text

        super().verify()
        check_model_text(getattr(self, "_model", ""), len(self.input_names))

    def _known_settings(self) -> frozenset[str]:
        from lightgbm import LGBMClassifier

        return frozenset(LGBMClassifier().get_params()) | NATIVE

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from lightgbm import LGBMClassifier

        settings = self.settings | ({"monotone_constraints": self.monotone} if self.rising else {})
        estimator = LGBMClassifier(**settings, n_jobs=1, verbosity=-1, deterministic=True, force_row_wise=True)
        watched = self._watched(self.watcher, inputs, target) if self.watcher else {}
        self._model = estimator.fit(inputs, target, sample_weight=weights, **watched).booster_.model_to_string()

    def _watched(self, watcher: Watcher, inputs: NDArray[np.float32], target: NDArray[np.int8]) -> dict[str, Any]:
        """What `fit` needs to tell the log losses; it changes no tree."""

        def told(environment: Any) -> None:
            watcher.tell(*(loss for _, _, loss, *_ in environment.evaluation_result_list))

        seen, labels = self._held_out(watcher)
        sets = {"eval_X": (inputs, seen), "eval_y": (target, labels)}
        return sets | {"eval_metric": "binary_logloss", "callbacks": [told]}

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        return self.booster.predict(inputs, num_threads=1)

    def _read(self) -> Any:
        from lightgbm import Booster

        return Booster(model_str=self._model)

    def tree_table(self) -> TreeTable:
        head, *blocks = self._model.split("\nend of trees")[0].split("\nTree=")
        fields = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]
        # Other bits: a categorical split, or 0 taken for a missing value.
        plain = all(int(kind) & 0b0101 == 0 for tree in fields for kind in tree.get("decision_type", "").split())
        if "\nobjective=binary sigmoid:1\n" not in head or not plain:
            raise UserError(
                f"the member {self.name} cannot be exported: its model file has an objective or a kind of split that "
                "is unknown; train it on the objective binary, with plain settings."
            )
        return TreeTable(
            trees=tuple(_tree(tree) for tree in fields),
            comparison="<=",
            combine="mean" if "average_output" in head.splitlines() else "sum",
            link="sigmoid",
        )


def _tree(fields: dict[str, str]) -> Tree:
    """Splits first, then leaves: LightGBM numbers both from 0 and points at leaf i as ``-1 - i``."""
    leaves = _numbers(fields["leaf_value"])
    nowhere = np.full(len(leaves), LEAF)
    # A tree of one leaf has none of these lines.
    feature, threshold, left, right = (
        _numbers(fields.get(name, "")) for name in ("split_feature", "threshold", "left_child", "right_child")
    )
    splits = len(feature)
    return Tree.of(
        feature=np.append(feature, nowhere),
        threshold=np.append(_around_zero(threshold), np.zeros(len(leaves))),
        left=np.append(np.where(left < 0, splits - 1 - left, left), nowhere),
        right=np.append(np.where(right < 0, splits - 1 - right, right), nowhere),
        value=np.append(np.zeros(splits), leaves),
    )


def _around_zero(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds that decide as LightGBM does, on inputs that were not rounded to 0."""
    below = np.nextafter(-ZERO, np.float32(-1))
    inside = (threshold >= -ZERO) & (threshold < ZERO)
    return np.where(inside, np.where(threshold < 0, below, ZERO), threshold)


def _numbers(text: str) -> NDArray[np.float64]:
    return np.array(text.split(), dtype="float64")
