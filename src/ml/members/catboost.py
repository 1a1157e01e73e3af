"""CatBoost: boosting with symmetric trees (Prokhorenkova et al., NeurIPS 2018). Training needs the extra `catboost`."""

import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from src.core.errors import UserError
from src.ml.base.member import Member
from src.ml.base.trees import LEAF, Tree, TreeTable

DEEPEST = 16
# Named here, so that params.yaml can be checked without the library. Its other settings choose other trees, other
# losses, threads, devices or files.
SETTINGS = frozenset(
    {
        "bagging_temperature",
        "bootstrap_type",
        "boosting_type",
        "l2_leaf_reg",
        "leaf_estimation_iterations",
        "leaf_estimation_method",
        "learning_rate",
        "max_bin",
        "max_depth",
        "model_shrink_rate",
        "n_estimators",
        "random_state",
        "random_strength",
        "rsm",
        "score_function",
        "subsample",
    }
)
_KINDS = {"_depths": "int64", "_inputs": "int64", "_borders": "float32", "_leaves": "float64"}


class CatBoostMember(Member):
    """Kept as plain arrays: CatBoost's own file holds a clock, a random id and the number of threads.

    Of each symmetric tree: its depth, per level an input and a border, and 2 ** depth leaves; bit i of a leaf's number
    is 1 where the input of level i is above its border. Answering needs no CatBoost.
    """

    name = "catboost"
    pickle_names: ClassVar[tuple[tuple[str, str], ...]] = (
        ("numpy", "dtype"),
        ("numpy._core.numeric", "_frombuffer"),
    )

    _depths: NDArray[np.int64]
    _inputs: NDArray[np.int64]
    _borders: NDArray[np.float32]
    _leaves: NDArray[np.float64]
    _start: float

    def verify(self) -> None:
        super().verify()
        arrays = [getattr(self, key, None) for key in _KINDS]
        plain = all(
            isinstance(array, np.ndarray) and array.dtype == kind and array.ndim == 1
            for array, kind in zip(arrays, _KINDS.values(), strict=True)
        )
        if not plain or type(getattr(self, "_start", None)) is not float:
            raise ValueError("the trees of CatBoost are not plain arrays")
        depths = self._depths
        sized = len(depths) and depths.min() >= 0 and depths.max() <= DEEPEST
        if not sized or not len(self._inputs) == len(self._borders) == depths.sum():
            raise ValueError("the trees of CatBoost have other levels than they name")
        if len(self._leaves) != (1 << depths).sum() or not np.isfinite([*self._leaves, self._start]).all():
            raise ValueError("the trees of CatBoost have other leaves than their depths ask for")
        known = (self._inputs >= 0) & (self._inputs < len(self.input_names))
        if not known.all() or np.isnan(self._borders).any():
            raise ValueError(f"a tree of CatBoost asks for an input beyond its {len(self.input_names)}")

    def _known_settings(self) -> frozenset[str]:
        return SETTINGS

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        try:
            from catboost import CatBoostClassifier
        except ModuleNotFoundError:
            raise UserError("the library catboost is not installed; run `make catboost-setup`") from None
        settings = self.settings | ({"monotone_constraints": self.monotone} if self.rising else {})
        model = CatBoostClassifier(**settings, thread_count=1, verbose=False, allow_writing_files=False)
        model.fit(inputs, target, sample_weight=weights)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.json"
            model.save_model(str(path), format="json")
            self._keep(json.loads(path.read_text(encoding="utf-8")))

    def _keep(self, model: dict[str, Any]) -> None:
        trees = model["oblivious_trees"]
        splits = [split for tree in trees for split in tree["splits"] or []]
        place = {of["feature_index"]: of["flat_feature_index"] for of in model["features_info"]["float_features"]}
        (scale, (bias,)) = model["scale_and_bias"]
        self._depths = np.array([len(tree["splits"] or []) for tree in trees], dtype="int64")
        self._inputs = np.array([place[split["float_feature_index"]] for split in splits], dtype="int64")
        self._borders = np.array([split["border"] for split in splits], dtype="float32")
        self._leaves = scale * np.array([leaf for tree in trees for leaf in tree["leaf_values"]], dtype="float64")
        self._start = float(bias)

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        from scipy.special import expit

        total = np.full(len(inputs), self._start)
        for levels, leaves in self._trees():
            above = inputs[:, self._inputs[levels]] > self._borders[levels]
            total += self._leaves[leaves][above @ (1 << np.arange(above.shape[1]))]
        return expit(total)

    def _trees(self) -> list[tuple[slice, slice]]:
        """Of each tree its levels and its leaves."""
        levels = np.append(0, np.cumsum(self._depths)).tolist()
        leaves = np.append(0, np.cumsum(1 << self._depths)).tolist()
        return [
            (slice(*levels[number : number + 2]), slice(*leaves[number : number + 2]))
            for number in range(len(self._depths))
        ]

    def tree_table(self) -> TreeTable:
        trees = [
            _tree(self._inputs[levels], self._borders[levels], self._leaves[leaves]) for levels, leaves in self._trees()
        ]
        return TreeTable((Tree.constant(self._start), *trees), comparison="<=", combine="sum", link="sigmoid")


def _tree(inputs: NDArray[np.int64], borders: NDArray[np.float32], leaves: NDArray[np.float64]) -> Tree:
    """The levels as nodes, the children of node i at 2i + 1 and 2i + 2; right is above the border."""
    depth = len(inputs)
    splits = (1 << depth) - 1
    node = np.arange(splits)
    # The level of a node: 0 for the root, 1 for its children.
    level = np.array([int(number + 1).bit_length() - 1 for number in node], dtype="int64")
    nowhere = np.full(1 << depth, LEAF)
    # The path to a leaf, read from the root, writes its number's bits from the lowest on.
    number = [int(format(path, f"0{depth}b")[::-1], 2) if depth else 0 for path in range(1 << depth)]
    return Tree.of(
        feature=np.append(inputs[level], nowhere),
        threshold=np.append(borders[level], np.zeros(1 << depth)),
        left=np.append(2 * node + 1, nowhere),
        right=np.append(2 * node + 2, nowhere),
        value=np.append(np.zeros(splits), leaves[number]),
    )
