"""What every tree member exports: its trees as plain arrays, whatever library grew them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAF = -1


@dataclass(frozen=True)
class Tree:
    """One binary tree; node 0 is the root, every array has one entry per node.

    Attributes:
        feature: (nodes,) int64, the input that is compared; ``LEAF`` where the node is a leaf.
        threshold: (nodes,) float64, what it is compared with; of no meaning in leaves.
        left: (nodes,) int64, the node that follows where the comparison is true.
        right: (nodes,) int64, the node that follows where it is false.
        value: (nodes,) float64, what a leaf adds; of no meaning in other nodes.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]

    @classmethod
    def of(
        cls, *, feature: ArrayLike, threshold: ArrayLike, left: ArrayLike, right: ArrayLike, value: ArrayLike
    ) -> "Tree":
        """The same from lists or arrays of other types."""
        return cls(
            np.asarray(feature, dtype="int64"),
            np.asarray(threshold, dtype="float64"),
            np.asarray(left, dtype="int64"),
            np.asarray(right, dtype="int64"),
            np.asarray(value, dtype="float64"),
        )

    @classmethod
    def constant(cls, value: float) -> "Tree":
        """A tree that adds ``value`` to every row."""
        return cls.of(feature=[LEAF], threshold=[0], left=[LEAF], right=[LEAF], value=[value])


@dataclass(frozen=True)
class TreeTable:
    """The trees of one member and how they become a probability. Inputs are float32 and never NaN: members refuse it.

    Attributes:
        trees: in the order in which the member adds them, which decides the last bit of a float32 sum.
        comparison: a row goes left where ``input <= threshold``, or where ``input < threshold``.
        combine: the leaves of a row are added, or averaged.
        link: what makes a probability of it: ``sigmoid``, or ``identity`` where it is one already.
    """

    trees: tuple[Tree, ...]
    comparison: Literal["<=", "<"]
    combine: Literal["sum", "mean"]
    link: Literal["sigmoid", "identity"]


def table_of_forest(forest: Any) -> TreeTable:
    """The table of a fitted forest of scikit-learn's classification trees, classes 0 and 1; bagged ones too."""
    every = range(forest.n_features_in_)
    # A bagged tree counts only the inputs that it was given.
    return table_of_trees(
        forest.estimators_, getattr(forest, "estimators_features_", [every] * len(forest.estimators_))
    )


def table_of_trees(estimators: Sequence[Any], inputs: Sequence[ArrayLike] | None = None) -> TreeTable:
    """The table of the mean of fitted classification trees of scikit-learn, classes 0 and 1.

    Args:
        estimators: of class ``DecisionTreeClassifier`` or below.
        inputs: for each tree the numbers of the inputs that it was given; None where each was given all.
    """
    given = inputs or [range(estimator.n_features_in_) for estimator in estimators]
    return TreeTable(
        trees=tuple(_tree(estimator.tree_, numbers) for estimator, numbers in zip(estimators, given, strict=True)),
        comparison="<=",
        combine="mean",
        link="identity",
    )


def _tree(tree: Any, numbers: ArrayLike) -> Tree:
    leaf = tree.children_left == -1
    return Tree.of(
        feature=np.where(leaf, LEAF, np.asarray(numbers)[np.where(leaf, 0, tree.feature)]),
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        value=tree.value[:, 0, 1],
    )
