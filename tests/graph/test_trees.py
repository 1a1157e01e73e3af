import numpy as np
import pytest
from onnx import TensorProto, helper

from src.graph.model import IR_VERSION, OPSET, TREES_OPSET
from src.graph.nodes import TREES, Nodes
from src.graph.trees import add_trees, floored
from src.ml.base.trees import LEAF, Tree, TreeTable
from tests.graph.parity import session

# x0 against 2, then x1 against 0.1, which no float32 is: leaves 1, 10, 100.
TREE = Tree.of(
    feature=[0, LEAF, 1, LEAF, LEAF],
    threshold=[2, 0, 0.1, 0, 0],
    left=[1, LEAF, 3, LEAF, LEAF],
    right=[2, LEAF, 4, LEAF, LEAF],
    value=[0, 1, 0, 10, 100],
)
STUMP = Tree.constant(0.5)


def combined(table: TreeTable, rows: list[list[float]]) -> list[float]:
    nodes = Nodes()
    output = add_trees(nodes, "x", table, "trees")
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])
    taken = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 1])
    graph = helper.make_graph(nodes.nodes, "trees", [given], [taken], initializer=nodes.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(TREES, TREES_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    return session(model.SerializeToString()).run(None, {"x": np.array(rows, dtype="float32")})[0][:, 0].tolist()


def test_leaves_are_added_or_averaged() -> None:
    rows = [[2.0, 0.0], [3.0, 0.0], [3.0, 1.0]]
    table = TreeTable(trees=(TREE, STUMP), comparison="<=", combine="sum", link="identity")
    assert combined(table, rows) == [1.5, 10.5, 100.5]
    table = TreeTable(trees=(TREE, STUMP), comparison="<=", combine="mean", link="identity")
    assert combined(table, rows) == [0.75, 5.25, 50.25]


def test_on_the_threshold_the_comparison_decides() -> None:
    for comparison, leaf in (("<=", 1), ("<", 100)):
        table = TreeTable(trees=(TREE,), comparison=comparison, combine="sum", link="identity")
        assert combined(table, [[2.0, 1.0]]) == [leaf]


def test_a_threshold_between_two_float32_parts_them() -> None:
    above = np.float32(0.1)
    assert float(above) > 0.1
    table = TreeTable(trees=(TREE,), comparison="<=", combine="sum", link="identity")
    assert combined(table, [[3.0, np.nextafter(above, np.float32(0))], [3.0, above]]) == [10, 100]


@pytest.mark.parametrize("number", [0.1, -0.1, 1.5, 0.0, 1e-40, -1e-46])
def test_floored_is_the_float32_at_or_below(number) -> None:
    (found,) = floored(np.array([number]))
    assert float(found) <= number < float(np.nextafter(found, np.float32(np.inf)))
