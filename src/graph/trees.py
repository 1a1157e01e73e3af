"""A table of trees as one TreeEnsembleRegressor."""

import numpy as np
from numpy.typing import NDArray

from src.graph.nodes import TREES, Nodes
from src.ml.base.trees import LEAF, TreeTable

MODES = {"<=": "BRANCH_LEQ", "<": "BRANCH_LT"}
COMBINE = {"sum": "SUM", "mean": "AVERAGE"}


def add_trees(nodes: Nodes, inputs: str, table: TreeTable, name: str) -> str:
    """(n, k) float32 inputs → (n, 1) float32: the combined leaves, before the link."""
    trees = table.trees
    sizes = [len(tree.feature) for tree in trees]
    split = np.concatenate([tree.feature != LEAF for tree in trees])
    leaf = ~split
    number = np.repeat(np.arange(len(trees)), sizes)
    node = np.concatenate([np.arange(size) for size in sizes])
    threshold = floored(np.concatenate([tree.threshold for tree in trees]))
    return nodes.add(
        "TreeEnsembleRegressor",
        inputs,
        name=name,
        domain=TREES,
        n_targets=1,
        aggregate_function=COMBINE[table.combine],
        nodes_treeids=number.tolist(),
        nodes_nodeids=node.tolist(),
        nodes_modes=np.where(split, MODES[table.comparison], "LEAF").tolist(),
        nodes_featureids=np.where(split, np.concatenate([tree.feature for tree in trees]), 0).tolist(),
        nodes_values=np.where(split, threshold, 0).tolist(),
        nodes_truenodeids=np.where(split, np.concatenate([tree.left for tree in trees]), 0).tolist(),
        nodes_falsenodeids=np.where(split, np.concatenate([tree.right for tree in trees]), 0).tolist(),
        target_treeids=number[leaf].tolist(),
        target_nodeids=node[leaf].tolist(),
        target_ids=[0] * int(leaf.sum()),
        target_weights=np.concatenate([tree.value for tree in trees])[leaf].astype("float32").tolist(),
    )


def floored(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is not above each threshold: then no float32 input changes sides."""
    nearest = threshold.astype("float32")
    return np.where(nearest > threshold, np.nextafter(nearest, np.float32(-np.inf)), nearest)
