from onnx import TensorProto, helper

from src.core.files import md5_of
from src.metadata.graphs import graph_facts


def test_facts_of_a_file(tmp_path) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["n"])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(helper.make_graph([], "g", [value], [value]), opset_imports=opsets, ir_version=8)
    path = tmp_path / "production_ensemble.onnx"
    path.write_bytes(model.SerializeToString())
    assert graph_facts(path) == {
        "file": "production_ensemble.onnx",
        "md5": md5_of(path),
        "bytes": path.stat().st_size,
        "opset": {"ai.onnx": 17, "ai.onnx.ml": 3},
        "ir_version": 8,
    }
