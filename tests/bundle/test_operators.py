"""The walk through a graph's bytes beside the package `onnx`: nothing that it refuses is let through."""

import onnx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from src.bundle.operators import ALLOWED, LARGEST, check_graph
from src.core.errors import UserError


@pytest.fixture(scope="module")
def model(exported) -> onnx.ModelProto:
    """The signal graph without its trees, which are long and all alike."""
    whole = onnx.load_from_string(exported.signal)
    for node in whole.graph.node:
        for attribute in node.attribute:
            for values in (attribute.ints, attribute.floats, attribute.strings):
                del values[3:]
    return whole


def copy(model: onnx.ModelProto) -> onnx.ModelProto:
    return onnx.load_from_string(model.SerializeToString())


def test_our_graphs_pass_and_name_every_operator(exported, exported_wide) -> None:
    used = set()
    for content in (exported.graph, exported.signal, exported_wide.graph, exported_wide.signal):
        check_graph(content, "graph")
        used |= {(node.domain, node.op_type) for node in onnx.load_from_string(content).graph.node}
    assert used == {(domain, name) for domain, names in ALLOWED.items() for name in names}


def subgraph(model) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node[0].attribute.append(helper.make_attribute("body", body))


def subgraphs(model) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("body", [helper.make_graph([], "body", [], [])]))


def function(model) -> None:
    opset = [helper.make_opsetid("", 17)]
    model.functions.append(
        helper.make_function("", "Add", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], opset)
    )


def external(model) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def external_in_attribute(model) -> None:
    tensor = TensorProto(data_type=TensorProto.FLOAT, dims=[1], name="t")
    tensor.external_data.add(key="location", value="/etc/passwd")
    model.graph.node[0].attribute.append(helper.make_attribute("value", tensor))


def operator(name: str, domain: str = ""):
    def change(model) -> None:
        model.graph.node[0].op_type, model.graph.node[0].domain = name, domain

    return change


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (operator("Loop"), "the operator Loop"),
        (operator("If"), "the operator If"),
        (operator("Add", "com.microsoft"), r"the operator com\.microsoft\.Add"),
        (operator("Add", "ai.onnx.ml"), r"the operator ai\.onnx\.ml\.Add"),
        (operator("TreeEnsembleRegressor"), "the operator TreeEnsembleRegressor"),
        (operator(""), "the operator without a name"),
        (operator("Ä"), "the operator "),
        (subgraph, "field 6 of an attribute"),
        (subgraphs, "field 11 of an attribute"),
        (function, "field 25 of the model"),
        (external, "field 13 of a tensor"),
        (external_in_attribute, "field 13 of a tensor"),
        (lambda model: model.graph.sparse_initializer.add(), "field 15 of the graph"),
        (lambda model: model.training_info.add(), "field 20 of the model"),
    ],
)
def test_what_we_never_write_is_refused(model, change, what: str) -> None:
    changed = copy(model)
    change(changed)
    with pytest.raises(UserError, match=f"graph holds {what}"):
        check_graph(changed.SerializeToString(), "graph")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\x3a", "cut off"),
        (b"\x3a\x05\x0a", "cut off"),
        (b"\x3a\xff\xff\xff\xff\x07", "cut off"),
        (b"\x38\x01", "field 7 of the model as a number"),
        (b"\xba\x00\x00", "needless zeros"),
        (b"\x08" + b"\xff" * 10 + b"\x01", "more than ten bytes"),
        (b"\x0b", "wire type 3"),
        (b"\x3a\x09\x0a\x08\x22\x03Add\x22\x00", "cut off"),
        (b"\x3a\x0c\x0a\x0a\x22\x03Add\x22\x03Neg", "two operators"),
        (b"\0" * (LARGEST + 1), "has 64000001 bytes, more than the 64000000"),
    ],
)
def test_bytes_that_are_no_graph(content: bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        check_graph(content, "graph")


edits = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 2), st.integers(0, 255)), min_size=1, max_size=4)


@given(edits)
@example([(0, 0, 0x3A)])
@settings(max_examples=500, deadline=None)
def test_a_mutated_graph_is_refused_or_holds_nothing_else(model, changes) -> None:
    content = bytearray(model.SerializeToString())
    for far, kind, value in changes:
        place = far % len(content)
        if kind == 0:
            content[place] = value
        elif kind == 1:
            content.insert(place, value)
        else:
            del content[place]
    try:
        check_graph(bytes(content), "graph")
    except UserError:
        return
    try:
        read = onnx.load_from_string(bytes(content))
    except Exception:  # what onnx cannot parse, onnxruntime cannot either
        return
    assert not read.functions
    assert not read.training_info
    assert not read.graph.sparse_initializer
    tensors = list(read.graph.initializer)
    for node in read.graph.node:
        assert node.op_type in ALLOWED[node.domain]
        for attribute in node.attribute:
            assert not attribute.HasField("g")
            assert not attribute.graphs
            assert not attribute.tensors
            tensors += [attribute.t] if attribute.HasField("t") else []
    assert not any(tensor.external_data or tensor.data_location for tensor in tensors)
