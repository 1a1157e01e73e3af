"""Build a model from the records of its pickle: each kind of object by its own builder, which checks all it is given.

Forged arguments end processes: NumPy takes a type that holds pointers, scikit-learn a tree whose nodes lie outside it.
"""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.artifacts.records import DEEPEST, ForgedPickle, Name, Record

# What an array may hold, keyed by what NumPy writes for it: no objects, no strings, no structures.
_PLAIN = {
    np.dtype(kind).__reduce__()[1:]: np.dtype(kind)
    for kind in ("?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
}
_TREE_STATE = {"max_depth", "node_count", "nodes", "values"}
MOST_CLASSES = 1000


def rebuild(value: Any) -> Any:
    """The object that ``value``, from ``read_records``, describes.

    Raises:
        ForgedPickle: arguments or a state that no fitted model has.
        Exception: of any kind where a library refuses what it is given.
    """
    return _rebuild(value, 0)


def _rebuild(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise ForgedPickle(f"nests more than {DEEPEST} deep")
    if type(value) is Record:
        arguments = tuple(_rebuild(part, depth + 1) for part in value.arguments)
        return _BUILDERS.get(value.name, _build_instance)(value, arguments, _rebuild(value.state, depth + 1))
    if type(value) is dict:
        return {key: _rebuild(part, depth + 1) for key, part in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(_rebuild(part, depth + 1) for part in value)
    if type(value) is Name:
        raise ForgedPickle(f"holds {value.name} itself in place of a value")
    return value


def _require(condition: object, fault: str) -> None:
    if not condition:
        raise ForgedPickle(f"holds {fault}")


def _build_dtype(record: Record, arguments: tuple[Any, ...], state: Any) -> np.dtype[Any]:
    _require(not record.is_new, "a type made without its arguments")
    try:
        return _PLAIN[arguments, state]
    except (KeyError, TypeError):
        pass
    from sklearn.tree._tree import NODE_DTYPE

    made_of = NODE_DTYPE.__reduce__()
    # The last part is a set of flags that NumPy derives from the fields.
    same = arguments == made_of[1] and type(state) is tuple and state[:-1] == made_of[2][:-1]
    _require(same, f"an array of the type {str(arguments)[:80]}, in place of plain numbers or the nodes of a tree")
    return NODE_DTYPE


def _build_array(record: Record, arguments: tuple[Any, ...], state: Any) -> NDArray[Any]:
    _require(not record.is_new and len(arguments) == 4 and state is None, "an array with other arguments")
    buffer, dtype, shape, order = arguments
    _require(isinstance(buffer, bytes | bytearray) and isinstance(dtype, np.dtype), "an array of no bytes")
    _require(type(shape) is tuple and all(type(side) is int and side >= 0 for side in shape), "an array of no shape")
    _require(
        math.prod(shape) * dtype.itemsize == len(buffer),
        f"an array of shape {shape} and type {dtype.name}, which is not that of its {len(buffer)} bytes",
    )
    _require(order in ("C", "F"), "an array of an unknown order")
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)


def _build_scalar(record: Record, arguments: tuple[Any, ...], state: Any) -> Any:
    _require(not record.is_new and len(arguments) == 2 and state is None, "a number with other arguments")
    dtype, content = arguments
    _require(
        dtype in _PLAIN.values() and type(content) is bytes and len(content) == dtype.itemsize,
        "a number that is not one of a plain type",
    )
    return np.frombuffer(content, dtype=dtype)[0]


def _build_tree(record: Record, arguments: tuple[Any, ...], state: Any) -> Any:
    from sklearn.tree._tree import NODE_DTYPE, Tree

    _require(not record.is_new and len(arguments) == 3, "a tree with other arguments")
    inputs, classes, outputs = arguments
    _require(type(inputs) is int and inputs > 0 and type(outputs) is int and outputs == 1, "a tree of no inputs")
    _require(_is_array(classes, np.dtype("<i8"), (1,)) and 1 <= classes[0] <= MOST_CLASSES, "a tree of no classes")
    _require(type(state) is dict and set(state) == _TREE_STATE, "a tree with another state")
    nodes, count, depth = state["nodes"], state["node_count"], state["max_depth"]
    _require(type(count) is int and count > 0 and type(depth) is int and 0 <= depth < count, "a tree of no size")
    _require(_is_array(nodes, NODE_DTYPE, (count,)), "a tree whose nodes are not an array of nodes")
    values = state["values"]
    _require(_is_array(values, np.dtype("<f8"), (count, 1, int(classes[0]))), "a tree with values of another shape")
    _require(np.isfinite(values).all(), "a tree with a value that is no number")
    _refuse_tangled(nodes, inputs)
    tree = Tree(inputs, classes, outputs)
    tree.__setstate__(state)
    return tree


def _refuse_tangled(nodes: NDArray[Any], inputs: int) -> None:
    """A node outside the tree is read from foreign memory, one that leads back is followed without end."""
    left, right = nodes["left_child"], nodes["right_child"]
    inner = left != -1
    _require((right[~inner] == -1).all(), "a tree with half a leaf")
    children = np.concatenate([left[inner], right[inner]])
    own = np.flatnonzero(inner)
    # Children are written after their node: so no path leads back, and every node but the first has one parent.
    _require((children > np.concatenate([own, own])).all(), "a tree whose branches lead back")
    _require(np.array_equal(np.sort(children), np.arange(1, len(nodes))), "a tree whose branches lead out of it")
    feature = nodes["feature"][inner]
    _require(((feature >= 0) & (feature < inputs)).all(), f"a tree that asks for inputs beyond its {inputs}")
    _require(not np.isnan(nodes["threshold"][inner]).any(), "a tree with a threshold that is no number")


def _is_array(value: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == dtype and value.shape == shape


def _build_instance(record: Record, arguments: tuple[Any, ...], state: Any) -> Any:
    """An instance of a class of ours or of an estimator: made empty, then given its attributes."""
    kind = getattr(importlib.import_module(record.name.module), record.name.name)
    _require(isinstance(kind, type), f"{record.name.name}, which is no class")
    _require(record.is_new and not arguments and type(state) is dict, f"a {kind.__name__} with arguments")
    for key in state:
        _require(not hasattr(kind, key), f"a {kind.__name__} whose {key} is replaced")
    instance = object.__new__(kind)
    if hasattr(kind, "__setstate__"):
        instance.__setstate__(state)
    else:
        vars(instance).update(state)
    return instance


_BUILDERS: dict[Name, Callable[[Record, tuple[Any, ...], Any], Any]] = {
    Name("numpy", "dtype"): _build_dtype,
    Name("numpy._core.multiarray", "scalar"): _build_scalar,
    Name("numpy._core.numeric", "_frombuffer"): _build_array,
    Name("sklearn.tree._tree", "Tree"): _build_tree,
}
