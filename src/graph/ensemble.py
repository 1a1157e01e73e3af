"""The vote as nodes: features become a probability."""

import numpy as np
from onnx import TensorProto

from src.graph.inputs import add_inputs
from src.graph.layers import add_layers
from src.graph.nodes import Nodes
from src.graph.trees import add_trees
from src.ml.base.checks import LARGEST
from src.ml.base.layers import LayerTable
from src.ml.ensemble import ProductionEnsemble


def add_ensemble(nodes: Nodes, features: str, ensemble: ProductionEnsemble) -> str:
    """(n, 12) float64 → (n,) float64: the weighted mean of the members' probabilities.

    Raises:
        UserError: a member that cannot be exported.
    """
    inputs: dict[tuple[str, tuple[str, ...]], str] = {}
    combined, links = [], []
    for name in ensemble.weights:
        member = ensemble.members[name]
        table = member.graph_table()
        seen = (member.inputs, member.input_names)
        if seen not in inputs:
            inputs[seen] = add_inputs(nodes, features, *seen)
        if isinstance(table, LayerTable):
            combined.append(add_layers(nodes, inputs[seen], table, name=f"{name}_layers"))
        else:
            combined.append(add_trees(nodes, inputs[seen], table, name=f"{name}_trees"))
        links.append(table.link)
    values = nodes.add("Cast", nodes.add("Concat", *combined, axis=1), to=TensorProto.DOUBLE)
    by_sigmoid = nodes.constant([[link == "sigmoid" for link in links]], "bool")
    probabilities = nodes.add("Where", by_sigmoid, nodes.add("Sigmoid", values), values, name="member_probabilities")
    weights = nodes.constant([ensemble.weights[name] for name in ensemble.weights])
    return nodes.add("MatMul", probabilities, weights, name="weighted_mean")


def add_answer(nodes: Nodes, mean: str, checked: dict[str, list[int]], output: str) -> str:
    """``mean`` (n,), but NaN in rows for which no answer is right, as the pickle refuses them.

    Args:
        nodes: the graph.
        mean: the probabilities.
        checked: values and the axes of one row of them. NaN, infinite or beyond float32: the size of the row is too.
        output: the name of the result.
    """
    sizes = [nodes.add("ReduceL1", values, axes=axes, keepdims=0) for values, axes in checked.items()]
    size = nodes.add("Add", *sizes) if len(sizes) > 1 else sizes[0]
    usable = nodes.add("LessOrEqual", size, nodes.constant(LARGEST))
    return nodes.add("Where", usable, mean, nodes.constant(np.nan), name=output)
