"""Which coalitions reach which leaf: by hand, and against the graph's own trees."""

import numpy as np
import pytest

from src.bundle.graph import Graph
from src.bundle.parts import Parts
from src.live.explaining.coalitions import coalitions, worth_of_leaves
from src.live.explaining.trees import Leaves, Trees

# Left where input 0 is at most 1; there left again where input 1 is at most 5.
BY_HAND = {
    "aggregate_function": "SUM",
    "nodes_treeids": np.array([0, 0, 0, 0, 0]),
    "nodes_nodeids": np.array([0, 1, 2, 3, 4]),
    "nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF"],
    "nodes_featureids": np.array([0, 1, 0, 0, 0]),
    "nodes_values": np.array([1, 5, 0, 0, 0], dtype="float32"),
    "nodes_truenodeids": np.array([1, 2, 0, 0, 0]),
    "nodes_falsenodeids": np.array([4, 3, 0, 0, 0]),
    "target_treeids": np.array([0, 0, 0]),
    "target_nodeids": np.array([2, 3, 4]),
    "target_weights": np.array([10, 20, 40], dtype="float32"),
}


def as_set(leaves: Leaves) -> set[tuple[int, int, float]]:
    return set(zip(leaves.inside.tolist(), leaves.outside.tolist(), leaves.value.tolist(), strict=True))


def test_leaves_by_hand() -> None:
    trees = Trees.of(BY_HAND)
    # Without feature 0 input 0 is 0, with it 2; without feature 3 input 1 is 4, with it 6.
    seen, bits = np.array([[0, 2], [4, 6]], dtype="float32"), np.array([[1], [8]])
    assert as_set(trees.leaves(seen, bits)) == {(1, 0, 40), (0, 1 | 8, 10), (8, 1, 20)}
    # An input that is the same with and without its feature asks nobody.
    assert as_set(trees.leaves(np.array([[0, 0], [4, 6]], dtype="float32"), bits)) == {(0, 8, 10), (8, 0, 20)}
    players, worth = worth_of_leaves(trees.leaves(seen, bits))
    assert players == [0, 3]
    assert worth.tolist() == [10, 40, 20, 40]


def test_an_input_of_two_features_asks_only_the_one_that_matters() -> None:
    trees = Trees.of(BY_HAND | {"nodes_featureids": np.array([0, 0, 0, 0, 0])})
    # By which of features 0 and 1 are in: only with both is it above 1; then it is above 5 too.
    seen, bits = np.array([[0, 0, 0, 9]], dtype="float32"), np.array([[1, 2]])
    players, worth = worth_of_leaves(trees.leaves(seen, bits))
    assert (players, worth.tolist()) == ([0, 1], [10, 10, 10, 40])
    assert as_set(trees.leaves(np.array([[0, 9, 0, 9]], dtype="float32"), bits)) == {(1, 0, 40), (0, 1, 10)}


def test_equal_to_the_threshold_goes_left_or_right_as_the_comparison_says() -> None:
    bits, edge = np.array([[1], [2]]), np.array([[1, 1], [0, 0]], dtype="float32")
    strict = BY_HAND | {"nodes_modes": ["BRANCH_LT", "BRANCH_LT", "LEAF", "LEAF", "LEAF"]}
    assert Trees.of(BY_HAND).leaves(edge, bits).value.tolist() == [10]
    assert Trees.of(strict).leaves(edge, bits).value.tolist() == [40]
    assert Trees.of(BY_HAND | {"aggregate_function": "AVERAGE"}).leaves(edge, bits).value.tolist() == [10]


@pytest.mark.parametrize(
    "name", ["lightgbm_direction_trees", "xgboost_direction_trees", "random_forest_direction_trees"]
)
def test_every_coalition_reaches_one_leaf_of_each_tree_of_a_real_model(name, exported_wide) -> None:
    parts = Parts(exported_wide.graph)
    trees = Trees.of(parts.nodes[name].attributes)
    cut = Parts(exported_wide.graph).cut([name, parts.nodes[name].inputs[0]])
    inputs = Graph(cut, name).run(features=exported_wide.features[[3, 700]])[parts.nodes[name].inputs[0]]
    leaves = trees.leaves(inputs.T, 1 << np.arange(inputs.shape[1])[:, None])
    players, worth = worth_of_leaves(leaves)
    ones = worth_of_leaves(Leaves(leaves.inside, leaves.outside, np.ones(len(leaves.value))))[1]
    assert (ones.round(6) == len(trees.roots)).all()
    assert len(players) > 8
    # The whole coalition answers as the explained row does, the empty one as the other.
    answers = Graph(cut, name).run(features=exported_wide.features[[3, 700]])[name][:, 0]
    assert worth[[0, -1]] == pytest.approx(answers, abs=1e-6)


def test_coalitions_are_numbered_by_their_bits() -> None:
    assert coalitions(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]
    assert coalitions(2, first=2, most=5).tolist() == coalitions(2)[2:].tolist()
