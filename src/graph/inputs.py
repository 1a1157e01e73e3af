"""The members' input transforms as nodes; the same float32 arithmetic as src/ml/base/inputs.py, bit for bit."""

from collections.abc import Callable, Sequence

from onnx import TensorProto

from src.core.errors import UserError
from src.core.names import DIRECTION_NAMES, FEATURE_NAMES, FEATURE_SETS, MOVE_NAMES
from src.graph.nodes import Nodes
from src.ml.base.inputs import INPUT_NAMES, LARGEST_QUOTIENT, RELATIVE_NAMES

QUOTIENTS = RELATIVE_NAMES[:-2]


def add_inputs(nodes: Nodes, features: str, transform: str, names: Sequence[str] = ()) -> str:
    """(n, k) float64 → (n, m) float32: what a member with ``inputs: transform`` sees; ``names`` where not all.

    Raises:
        UserError: no such transform.
    """
    if transform not in TRANSFORM_NODES:
        raise UserError(f"`inputs: {transform}` cannot be exported; add it to src/graph/inputs.py.")
    every = INPUT_NAMES[transform]
    wanted = tuple(names) or every
    inputs = TRANSFORM_NODES[transform](nodes, features)
    return (
        inputs if wanted == every else nodes.columns(inputs, [every.index(name) for name in wanted], name="seen_inputs")
    )


def _raw(nodes: Nodes, features: str) -> str:
    return nodes.add("Cast", features, to=TensorProto.FLOAT, name="raw_inputs")


def _relative(nodes: Nodes, features: str) -> str:
    columns = nodes.add("Cast", features, to=TensorProto.FLOAT)
    close = nodes.columns(columns, [FEATURE_NAMES.index("close")], name="close_or_1")
    one = nodes.constant(1, "float32")
    close = nodes.add("Where", nodes.add("Equal", close, nodes.constant(0, "float32")), one, close)
    by_close = nodes.constant([[name.endswith("/close") for name in QUOTIENTS]], "bool")
    dividends = nodes.columns(columns, [FEATURE_NAMES.index(name.removesuffix("/close")) for name in QUOTIENTS])
    quotients = _finite(nodes, nodes.add("Div", dividends, nodes.add("Where", by_close, close, one)))
    size = nodes.add("Abs", nodes.columns(quotients, [QUOTIENTS.index("returns_1")]))
    product = nodes.add(
        "Mul",
        nodes.columns(quotients, [QUOTIENTS.index("atr_14/close")]),
        nodes.columns(quotients, [QUOTIENTS.index("volume_ratio")]),
    )
    return nodes.add("Concat", quotients, size, _finite(nodes, product), axis=1, name="relative_inputs")


def _finite(nodes: Nodes, values: str) -> str:
    bounds = [nodes.constant(bound, "float32") for bound in (-LARGEST_QUOTIENT, LARGEST_QUOTIENT)]
    return nodes.add("Clip", values, *bounds)


def _move(nodes: Nodes, features: str) -> str:
    return nodes.add(
        "Concat", _relative(nodes, features), _wide(nodes, features, MOVE_NAMES), axis=1, name="move_inputs"
    )


def _direction(nodes: Nodes, features: str) -> str:
    return _wide(nodes, features, DIRECTION_NAMES)


def _wide(nodes: Nodes, features: str, names: tuple[str, ...]) -> str:
    columns = nodes.columns(features, [FEATURE_SETS["wide"].index(name) for name in names])
    return _finite(nodes, nodes.add("Cast", columns, to=TensorProto.FLOAT))


TRANSFORM_NODES: dict[str, Callable[[Nodes, str], str]] = {
    "raw": _raw,
    "relative": _relative,
    "move": _move,
    "direction": _direction,
}
