"""The vote as nodes: features become a probability."""

import numpy as np
from onnx import TensorProto

from src.graph.inputs import add_inputs
from src.graph.nodes import Nodes
from src.graph.trees import add_trees
from src.ml.base.checks import LARGEST
from src.ml.ensemble import ProductionEnsemble


def add_ensemble(nodes: Nodes, features: str, ensemble: ProductionEnsemble, output: str) -> str:
    """(n, 12) float64 → (n,) float64: the weighted mean of the members' probabilities.

    A row that the pickle refuses (NaN, infinite or beyond float32) gets NaN.

    Raises:
        UserError: a member that cannot be exported.
    """
    inputs: dict[str, str] = {}
    parts = []
    for name, weight in ensemble.weights.items():
        member = ensemble.members[name]
        table = member.tree_table()
        if member.inputs not in inputs:
            inputs[member.inputs] = add_inputs(nodes, features, member.inputs)
        combined = add_trees(nodes, inputs[member.inputs], table, name=f"{name}_trees")
        value = nodes.add("Cast", combined, to=TensorProto.DOUBLE)
        probability = nodes.add("Sigmoid", value, name=f"{name}_probability") if table.link == "sigmoid" else value
        parts.append(nodes.add("Mul", probability, nodes.constant(weight), name=f"{name}_part"))
    mean = parts[0]
    for part in parts[1:]:
        mean = nodes.add("Add", mean, part)
    usable = nodes.add("LessOrEqual", nodes.add("Abs", features), nodes.constant(LARGEST))
    # ReduceMin takes no booleans before opset 20.
    row = nodes.add("ReduceMin", nodes.add("Cast", usable, to=TensorProto.INT32), axes=[1], keepdims=1)
    answer = nodes.add("Where", nodes.add("Cast", row, to=TensorProto.BOOL), mean, nodes.constant(np.nan))
    return nodes.add("Squeeze", answer, nodes.constant([1], "int64"), name=output)
