"""Collect the nodes and constants of one graph, with names that say what they hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

TREES = "ai.onnx.ml"


class Nodes:
    """A graph in the making; values are named by strings."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    @property
    def constants(self) -> list[onnx.TensorProto]:
        """The stored numbers, in the order of their first use."""
        return list(self._constants.values())

    def add(self, operator: str, *inputs: str, name: str = "", domain: str = "", **attributes: Any) -> str:
        """One node.

        Args:
            operator: its ONNX operator.
            inputs: the values it takes.
            name: of its output, if another word than the operator's says more.
            domain: of the operator.
            attributes: of the operator.

        Returns:
            The name of its output.
        """
        output = self._free(name or operator.lower())
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def constant(self, values: Any, dtype: str = "float64") -> str:
        """The name of a stored array; equal arrays are stored once."""
        array: NDArray[Any] = np.asarray(values, dtype=dtype)
        known = numpy_helper.from_array(array)
        key = f"{known.data_type}{list(known.dims)}".encode() + known.raw_data
        for name, tensor in self._constants.items():
            if f"{tensor.data_type}{list(tensor.dims)}".encode() + tensor.raw_data == key:
                return name
        known.name = f"constant_{len(self._constants) + 1}"
        self._constants[known.name] = known
        return known.name

    def apart(self, values: str, names: Sequence[str]) -> dict[str, str]:
        """(n, bars, k) → each of the k columns as (n, bars, 1), by name. Much faster than a Gather for each."""
        outputs = [self._free(f"{name}_column") for name in names]
        self.nodes.append(helper.make_node("Split", [values], outputs, name=self._free("split"), axis=2))
        return dict(zip(names, outputs, strict=True))

    def columns(self, values: str, positions: list[int], name: str = "") -> str:
        """(n, k) → (n, len(positions)): some columns."""
        return self.add("Gather", values, self.constant(positions, "int64"), axis=1, name=name)

    def part(self, values: str, start: int, stop: int | None, name: str = "") -> str:
        """(n, k) → the columns from ``start`` to before ``stop``, counted as in Python; None: to the last."""
        end = np.iinfo("int64").max if stop is None else stop
        bounds = [self.constant([number], "int64") for number in (start, end, 1)]
        return self.add("Slice", values, *bounds, name=name)

    def _free(self, name: str) -> str:
        taken = {output for node in self.nodes for output in node.output}
        return next(label for label in (name, *(f"{name}_{n}" for n in range(2, 9999))) if label not in taken)
