"""Rows of features that lie on the edges of every split of a member's trees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.graph.trees import floored
from src.ml.base.inputs import INPUT_NAMES, RELATIVE_NAMES, TAKES, TRANSFORMS
from src.ml.base.member import Member
from src.ml.base.trees import LEAF, Tree, TreeTable

# Training rows that are tried for a split: changing one input may turn the row away before it comes there.
TRIED = 6
EDGES = 9


@dataclass(frozen=True)
class EdgeRows:
    """``features`` (m, k); of ``splits``, on ``hit`` both neighbours of the threshold arrive."""

    features: NDArray[np.float64]
    splits: int
    hit: int


def edge_rows(member: Member, features: NDArray[np.float64]) -> EdgeRows:
    """For each split the rows with its input at and around the threshold, made from training rows that reach it."""
    table = member.tree_table()
    inputs = TRANSFORMS[member.inputs](features)
    found = [_of_tree(member.inputs, table, tree, inputs) for tree in table.trees]
    return EdgeRows(
        np.concatenate([rows for rows, _, _ in found]),
        sum(splits for _, splits, _ in found),
        sum(hit for _, _, hit in found),
    )


def _of_tree(
    transform: str, table: TreeTable, tree: Tree, inputs: NDArray[np.float32]
) -> tuple[NDArray[np.float64], int, int]:
    splits = np.flatnonzero(tree.feature != LEAF)
    if not len(splits):
        return np.empty((0, len(TAKES[transform]))), 0, 0
    arriving = _arriving(table, tree, inputs)
    rows, nodes, right = [], [], []
    for node in splits:
        sources = arriving[node][:: max(1, len(arriving[node]) // TRIED)][:TRIED]
        left_edge = floored(tree.threshold[node : node + 1])[0]
        if table.comparison == "<":
            left_edge = np.nextafter(left_edge, np.float32(-np.inf))
        right_edge = np.nextafter(left_edge, np.float32(np.inf))
        values = _values(tree.threshold[node], float(left_edge), float(right_edge))
        for source in np.resize(sources, TRIED):
            rows.append(_placed(transform, inputs[source], int(tree.feature[node]), values))
            nodes += [node] * EDGES
            right.append([left_edge, right_edge])
    made = np.concatenate(rows)
    seen = TRANSFORMS[transform](made)
    node = np.asarray(nodes)
    arrived = _passes(table, tree, seen, node).reshape(len(splits), TRIED, EDGES)
    value = seen[np.arange(len(seen)), tree.feature[node]].reshape(len(splits), TRIED, EDGES)
    edges = np.asarray(right).reshape(len(splits), TRIED, 2)
    both = np.all([((value == edges[:, :, side : side + 1]) & arrived).any(axis=2) for side in (0, 1)], axis=0)
    best = np.argmax(both * 100 + arrived.sum(axis=2), axis=1)
    chosen = made.reshape(len(splits), TRIED, EDGES, -1)[np.arange(len(splits)), best]
    return chosen.reshape(-1, made.shape[1]), len(splits), int(both.any(axis=1).sum())


def _values(threshold: float, left: float, right: float) -> NDArray[np.float64]:
    """Around a threshold: it, its neighbours in float64 and float32, and the tie between them with its neighbours."""
    tie = (left + right) / 2
    around = [number for middle in (threshold, tie) for number in (middle, *np.nextafter(middle, [-np.inf, np.inf]))]
    return np.array([left, right, np.nextafter(np.float32(left), np.float32(-np.inf)), *around])


def _placed(transform: str, row: NDArray[np.float32], position: int, values: NDArray[np.float64]) -> NDArray:
    """(k, m) features whose transformed inputs are ``row`` but for the one at ``position``, which is ``values``."""
    inputs = np.repeat(row[None].astype("float64"), len(values), axis=0)
    inputs[:, position] = values
    if transform == "raw":
        return inputs
    names = {name: inputs[:, number] for number, name in enumerate(INPUT_NAMES[transform])}
    given = INPUT_NAMES[transform][position]
    if given == "|returns_1|":
        names["returns_1"] = np.copysign(values, row[RELATIVE_NAMES.index("returns_1")])
    if given == "atr_14/close*volume_ratio":
        names["volume_ratio"] = _factor(np.float32(names["atr_14/close"][0]), values)
    # At a close of 1 a quotient is its dividend.
    ones = np.ones(len(values))
    whole = dict.fromkeys(TAKES[transform], ones) | {
        name.removesuffix("/close"): value for name, value in names.items()
    }
    whole["bb_position"] = whole["zscore"] / 4 + 0.5
    return np.column_stack([whole[name] for name in TAKES[transform]])


def _factor(one: np.float32, products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per product a float32 that times ``one`` gives it, or comes near."""
    wanted = products.astype("float32")
    nearest = wanted / one
    tried = np.stack([nearest, np.nextafter(nearest, np.float32(0)), np.nextafter(nearest, np.float32(np.inf))])
    best = np.argmin(np.abs(tried * one - wanted), axis=0)
    return tried[best, np.arange(len(products))].astype("float64")


def _goes_left(table: TreeTable, tree: Tree, inputs: NDArray[np.float32], node: NDArray[np.int64]) -> NDArray[np.bool]:
    value = inputs[np.arange(len(inputs)), tree.feature[node]].astype("float64")
    return value <= tree.threshold[node] if table.comparison == "<=" else value < tree.threshold[node]


def _arriving(table: TreeTable, tree: Tree, inputs: NDArray[np.float32]) -> dict[int, NDArray[np.int64]]:
    """The rows that come to each node."""
    arriving = {0: np.arange(len(inputs))}
    waiting = [0]
    while waiting:
        node = waiting.pop()
        if tree.feature[node] == LEAF:
            continue
        rows = arriving[node]
        left = _goes_left(table, tree, inputs[rows], np.full(len(rows), node))
        for child, chosen in ((int(tree.left[node]), left), (int(tree.right[node]), ~left)):
            arriving[child] = rows[chosen]
            waiting.append(child)
    return arriving


def _passes(table: TreeTable, tree: Tree, inputs: NDArray[np.float32], target: NDArray[np.int64]) -> NDArray[np.bool]:
    """Whether each row comes to its target node."""
    node = np.zeros(len(inputs), dtype="int64")
    passed = node == target
    while (tree.feature[node] != LEAF).any():
        inner = tree.feature[node] != LEAF
        left = _goes_left(table, tree, inputs, np.where(inner, node, 0))
        node = np.where(inner, np.where(left, tree.left[node], tree.right[node]), node)
        passed |= node == target
    return passed
