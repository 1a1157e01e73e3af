"""What a graph is made of, beside what the package `onnx` reads of the same bytes."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from src.bundle.graph import Graph
from src.bundle.parts import Parts

GRAPHS = ["graph", "signal"]


@pytest.fixture(params=["exported", "exported_wide"])
def both(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", GRAPHS)
def test_nodes_attributes_and_stored_numbers_are_those_that_onnx_reads(both, name) -> None:
    content = getattr(both, name)
    parts, graph = Parts(content), onnx.load_from_string(content).graph
    single = [node for node in graph.node if len(node.output) == 1]
    assert [node.output for node in parts.nodes.values() if node.operator != "Split"] == [n.output[0] for n in single]
    numbers = 0
    for node in single:
        found = parts.nodes[node.output[0]]
        assert (found.operator, found.inputs) == (node.op_type, tuple(node.input))
        assert set(found.attributes) == {attribute.name for attribute in node.attribute}
        for attribute in node.attribute:
            expected = helper.get_attribute_value(attribute)
            own = found.attributes[attribute.name]
            if isinstance(expected, bytes):
                assert own == expected.decode()
            elif isinstance(expected, list) and isinstance(expected[0], bytes):
                assert own == [text.decode() for text in expected]
            else:
                assert np.array_equal(own, np.array(expected, dtype=getattr(own, "dtype", None)))
                numbers += np.size(own)
    assert numbers > 1000
    for tensor in graph.initializer:
        assert parts.is_constant(tensor.name)
        own, expected = parts.constant(tensor.name), numpy_helper.to_array(tensor)
        assert own.dtype == expected.dtype
        np.testing.assert_array_equal(own, expected)
    assert not parts.is_constant("features")


def test_numbers_of_any_length_are_read() -> None:
    numbers = [0, 1, 63, 64, 127, 128, 300, 16_383, 16_384, 2**31, 2**62]
    node = helper.make_node("Cast", ["features"], ["made"], numbers=numbers, whole=7, text="ab", half=0.5)
    graph = helper.make_graph([node], "g", [], [])
    attributes = Parts(helper.make_model(graph).SerializeToString()).nodes["made"].attributes
    assert attributes["numbers"].tolist() == numbers
    assert (attributes["whole"], attributes["text"], attributes["half"]) == (7, "ab", None)


def test_a_graph_that_is_cut_off_earlier_gives_the_values_inside(both) -> None:
    whole = Graph(both.graph, "graph")
    cut = Graph(Parts(both.graph).cut(["weighted_mean", "member_probabilities"]), "cut")
    assert cut.outputs == ("weighted_mean", "member_probabilities")
    assert cut.facts == whole.facts
    rows = both.features[:20]
    found, expected = cut.run(features=rows), whole.run(features=rows)["probability"]
    np.testing.assert_array_equal(found["weighted_mean"], expected)
    assert found["member_probabilities"].shape[0] == 20
    # Nothing that the cut does not need is in it.
    trees = Parts(Parts(both.graph).cut(["features"]))
    assert not trees.nodes


def test_a_cut_holds_only_what_it_needs(both) -> None:
    seen = next(node.inputs[0] for node in Parts(both.graph).nodes.values() if node.operator == "TreeEnsembleRegressor")
    small = Parts(both.graph).cut([seen])
    assert len(small) < len(both.graph) / 10
    assert all(node.operator != "TreeEnsembleRegressor" for node in Parts(small).nodes.values())
