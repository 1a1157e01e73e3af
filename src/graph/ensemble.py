"""The vote as nodes: features become a probability."""

from typing import Any

import numpy as np
from onnx import TensorProto

from src.graph.inputs import add_inputs
from src.graph.layers import add_layers
from src.graph.nodes import Nodes
from src.graph.trees import add_trees
from src.ml.base.checks import LARGEST
from src.ml.base.layers import LayerTable
from src.ml.base.member import Member
from src.ml.base.two_headed import HEADS, TwoHeadedMember
from src.ml.ensemble import ProductionEnsemble


def add_ensemble(nodes: Nodes, features: str, ensemble: ProductionEnsemble) -> tuple[str, str | None]:
    """(n, k) float64 → (n,) float64: the weighted mean of the members' probabilities of a rise; and likewise that of a
    move, None where the members have one head.

    Raises:
        UserError: a member that cannot be exported.
    """
    if not isinstance(next(iter(ensemble.members.values())), TwoHeadedMember):
        values = _probabilities(nodes, features, {name: ensemble.members[name] for name in ensemble.weights})
        return _mean(nodes, values, ensemble, "weighted_mean"), None
    heads = {f"{name}_{head}": getattr(ensemble.members[name], head) for head in HEADS for name in ensemble.weights}
    both = _probabilities(nodes, features, heads)
    count = len(ensemble.weights)
    move, direction = nodes.part(both, 0, count, name="move"), nodes.part(both, count, None, name="direction")
    rise = nodes.add("Mul", move, direction, name="rise")
    return _mean(nodes, rise, ensemble, "weighted_mean"), _mean(nodes, move, ensemble, "weighted_mean_of_move")


def _probabilities(nodes: Nodes, features: str, models: dict[str, Any]) -> str:
    """(n, k) → (n, models) float64, in the order of ``models``."""
    inputs: dict[tuple[str, tuple[str, ...]], str] = {}
    combined, links = [], []
    for name, member in models.items():
        assert isinstance(member, Member)
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
    return nodes.add("Where", by_sigmoid, nodes.add("Sigmoid", values), values, name="member_probabilities")


def _mean(nodes: Nodes, values: str, ensemble: ProductionEnsemble, name: str) -> str:
    weights = nodes.constant([ensemble.weights[member] for member in ensemble.weights])
    return nodes.add("MatMul", values, weights, name=name)


def add_direction(nodes: Nodes, rise: str, move: str) -> str:
    """(n,) P(rise) and P(move) → (n,) P(rise | move), ½ where a move is impossible."""
    impossible = nodes.add("Equal", move, nodes.constant(0))
    divisor = nodes.add("Where", impossible, nodes.constant(1), move)
    return nodes.add("Where", impossible, nodes.constant(0.5), nodes.add("Div", rise, divisor), name="rise_given_move")


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
