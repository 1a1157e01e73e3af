"""The layers of a perceptron as nodes."""

from onnx import TensorProto

from src.graph.nodes import Nodes
from src.ml.base.layers import LayerTable


def add_layers(nodes: Nodes, inputs: str, table: LayerTable, name: str) -> str:
    """(n, k) float32 inputs → (n, 1) float32: the last output, before the link; computed in float64."""
    exact = nodes.add("Cast", inputs, to=TensorProto.DOUBLE)
    centred = nodes.add("Sub", exact, nodes.constant(table.mean))
    bounds = [nodes.constant(bound) for bound in (-table.clip, table.clip)]
    values = nodes.add("Clip", nodes.add("Div", centred, nodes.constant(table.scale)), *bounds)
    for number, (weights, shift) in enumerate(table.layers, start=1):
        values = nodes.add("Add", nodes.add("MatMul", values, nodes.constant(weights)), nodes.constant(shift))
        if number < len(table.layers):
            values = nodes.add("Max", values, nodes.constant(0))
    return nodes.add("Cast", values, to=TensorProto.FLOAT, name=name)
