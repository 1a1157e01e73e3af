import numpy as np
import pytest
from onnx import TensorProto, helper

from src.core.errors import UserError
from src.graph.inputs import TRANSFORM_NODES, add_inputs
from src.graph.model import IR_VERSION, OPSET
from src.graph.nodes import Nodes
from src.ml.base.inputs import TAKES, TRANSFORMS
from tests.graph.parity import session


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_they_are_the_members_bit_for_bit(transform, exported) -> None:
    width = len(TAKES[transform])
    nodes = Nodes()
    output = add_inputs(nodes, "features", transform)
    given = helper.make_tensor_value_info("features", TensorProto.DOUBLE, ["n", width])
    taken = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", "k"])
    graph = helper.make_graph(nodes.nodes, "inputs", [given], [taken], initializer=nodes.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    rng = np.random.default_rng(5)
    absurd = np.exp(rng.uniform(-100, 88, (500, width))) * rng.choice([-1, 1], (500, width))
    added = rng.normal(size=(len(exported.features), width - 12))
    real = np.column_stack([exported.features, added])
    without_close = real[:5].copy()
    without_close[:, 0] = 0
    features = np.concatenate([real, absurd, without_close])
    (found,) = session(model.SerializeToString()).run(None, {"features": features})
    np.testing.assert_array_equal(found, TRANSFORMS[transform](features))


def test_every_transform_has_nodes() -> None:
    assert list(TRANSFORM_NODES) == list(TRANSFORMS)
    with pytest.raises(UserError, match="`inputs: log` cannot be exported"):
        add_inputs(Nodes(), "features", "log")
