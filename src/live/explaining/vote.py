"""The vote as its graph holds it: heads, their models, and which features each model sees.

The graph's bytes are all that is known of a version, so its shape is read off the nodes as ``src.graph.ensemble``
names them. What is read is compared with what the graph answers (``src.live.explaining.explain``).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.bundle.graph import Graph
from src.bundle.parts import Node, Parts
from src.core.errors import UserError
from src.live.explaining.trees import Trees

Values = NDArray[np.float64]
# The features that each column of a value is made of.
Takes = list[frozenset[int]]

_SAME_COLUMNS = {"Cast", "Abs", "Clip"}
_ELEMENTWISE = {"Add", "Div", "Equal", "Max", "Min", "Mul", "Sub", "Where"}


@dataclass(frozen=True)
class Model:
    """One member's model in one head.

    Attributes:
        output: the name of its last value, before the link.
        by_sigmoid: whether the sigmoid of it is the probability; else it is one already.
        inputs: the name of what it sees.
        takes: the features behind each column of ``inputs``.
        trees: its trees; None for a model of another kind.
    """

    output: str
    by_sigmoid: bool
    inputs: str
    takes: Takes
    trees: Trees | None

    def probability(self, values: Values) -> Values:
        """Of the last values."""
        return 1 / (1 + np.exp(-values)) if self.by_sigmoid else values


class Vote:
    """P(rise) = Σ weight · product of the heads' probabilities.

    Args:
        graph: features → probability.

    Raises:
        UserError: it is of another shape than `export` writes.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._parts = Parts(graph.content)
        nodes = self._parts.nodes
        try:
            values, weights = nodes["weighted_mean"].inputs
            self.weights: Values = self._parts.constant(weights)
            source = nodes[values]
            parts = [nodes[name] for name in source.inputs] if source.operator == "Mul" else [source]
            chosen, _, last = (nodes[parts[0].inputs[0]] if len(parts) > 1 else source).inputs
            sigmoids = self._parts.constant(chosen)[0]
            outputs = nodes[nodes[last].inputs[0]].inputs
            models = [self._model(name, bool(link)) for name, link in zip(outputs, sigmoids, strict=True)]
        except (KeyError, ValueError, IndexError):
            raise UserError(
                "the graph is of another shape than `export` writes, so its answers are not explained."
            ) from None
        count = len(self.weights)
        # By head; in each a model for each member, in the order of the weights.
        self.heads = [models[start : start + count] for start in range(0, len(models), count)]

    def inputs_of(self, features: Values) -> dict[str, NDArray[Any]]:
        """(n, k) features → by name what the models see of them, (n, m) float32 each."""
        return self._seen.run(features=features)

    def last_values(self, model: Model, features: Values) -> Values:
        """(n, k) features → (n,) the last values of ``model``, as the graph computes them."""
        return self._last.run(features=features)[model.output][:, 0]

    @cached_property
    def _seen(self) -> Graph:
        return self._cut({model.inputs for head in self.heads for model in head})

    @cached_property
    def _last(self) -> Graph:
        return self._cut({model.output for head in self.heads for model in head if model.trees is None})

    def _cut(self, outputs: set[str]) -> Graph:
        return Graph(self._parts.cut(sorted(outputs)), "a part of the graph")

    def _model(self, output: str, by_sigmoid: bool) -> Model:
        node = self._parts.nodes[output]
        if node.operator == "TreeEnsembleRegressor":
            (inputs,) = node.inputs
            return Model(output, by_sigmoid, inputs, self._takes(inputs), Trees.of(node.attributes))
        # What it sees is what all its nodes are made of: no need to know where its layers begin.
        return Model(output, by_sigmoid, output, [frozenset().union(*self._takes(output))], None)

    def _takes(self, name: str) -> Takes:
        if name == "features":
            return [frozenset({place}) for place in range(len(self._graph.facts.feature_names))]
        if self._parts.is_constant(name):
            array = self._parts.constant(name)
            return [frozenset()] * (array.shape[-1] if array.ndim else 1)
        return self._combined(self._parts.nodes[name])

    def _combined(self, node: Node) -> Takes:
        given = [self._takes(name) for name in node.inputs]
        if node.operator in _SAME_COLUMNS:
            return given[0]
        if node.operator == "Gather":
            return [given[0][place] for place in self._parts.constant(node.inputs[1])]
        if node.operator == "Concat":
            return [takes for part in given for takes in part]
        if node.operator in _ELEMENTWISE:
            width = max(map(len, given))
            return [frozenset().union(*(part[place % len(part)] for part in given)) for place in range(width)]
        # A product of matrices, or one that is not known: every column may be made of all.
        return [frozenset().union(*(takes for part in given for takes in part))]
