"""A graph that answers, and what it says of itself."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.core.errors import UserError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class GraphFacts:
    """The `metadata_props` that whoever runs a graph needs (docs/graph.md).

    ``feature_ranges`` are the lowest and highest value of each feature in training; ``trained_until`` is the close of
    the last candle that training knew.
    """

    feature_names: tuple[str, ...]
    feature_ranges: dict[str, tuple[float, float]]
    warmup: int
    timeframe: str
    target_horizon: int
    target_threshold: float
    decision_threshold: float
    trained_until: str
    pickle_md5: str


class Graph:
    """An ONNX graph in memory, on one core.

    Args:
        content: the bytes, already proven; kept, because an explanation reads them.
        where: the file, for errors.

    Raises:
        UserError: onnxruntime cannot load it, or its metadata are not those that `export` writes.
    """

    def __init__(self, content: bytes, where: str) -> None:
        self.content = content
        # Loading it takes 0.15 s, and a command line answers `--help` without it.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # With more threads the trees are added in another order.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            self.facts = _facts(self._session.get_modelmeta().custom_metadata_map)
        except UserError:
            raise
        except Exception as error:  # onnxruntime's own errors have no common class
            raise UserError(f"{where} is no graph that can be run ({_first_line(error)}); fetch it again.") from None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs: `features`, or `candles` (and `opened`)."""
        return tuple(value.name for value in self._session.get_inputs())

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs, `probability` among them."""
        return tuple(value.name for value in self._session.get_outputs())

    def run(self, **inputs: NDArray[Any]) -> dict[str, Values]:
        """Every output by name, of inputs by name: `candles` (n, warmup, 5) or `features` (n, k), float64."""
        given = {name: np.ascontiguousarray(values) for name, values in inputs.items() if name in self.inputs}
        return dict(zip(self.outputs, self._session.run(list(self.outputs), given), strict=True))


def _facts(props: dict[str, str]) -> GraphFacts:
    try:
        ranges = {name: (float(low), float(high)) for name, (low, high) in json.loads(props["feature_ranges"]).items()}
        return GraphFacts(
            feature_names=tuple(json.loads(props["feature_names"])),
            feature_ranges=ranges,
            warmup=int(props["warmup"]),
            timeframe=props["timeframe"],
            target_horizon=int(props["target_horizon"]),
            target_threshold=float(props["target_threshold"]),
            decision_threshold=float(props["decision_threshold"]),
            trained_until=props["trained_until"],
            pickle_md5=props["pickle_md5"],
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"the graph's metadata_props are not those of `export` ({error}); export it again.") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
