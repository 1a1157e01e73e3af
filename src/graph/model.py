"""The two exported graphs as bytes."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import onnx
from onnx import TensorProto, helper

from src.candles.timeframe import parse_timeframe
from src.core.names import FEATURE_SETS, OHLCV
from src.graph.ensemble import add_answer, add_direction, add_ensemble
from src.graph.features import add_columns, add_features
from src.graph.nodes import TREES, Nodes
from src.graph.wide import add_wide_features
from src.ml.ensemble import ProductionEnsemble

# The oldest set whose operators suffice: ReduceSum's axes as an input came with 13, and 18 changed the other Reduce…;
# onnxruntime runs it since 1.12 (2022), in the browser too.
OPSET = 17
# 5 replaces TreeEnsembleRegressor by an operator that few runtimes have.
TREES_OPSET = 3
# The format of files with opset 17.
IR_VERSION = 8


@dataclass(frozen=True)
class GraphMetadata:
    """What stands in the `metadata_props` of both graphs, beside the ensemble's own.

    ``feature_ranges`` are the lowest and highest value of each feature in training; ``trained_until`` is the close of
    the last candle that training knew (ISO 8601).
    """

    warmup: int
    timeframe: str
    target_horizon: int
    target_threshold: float
    feature_ranges: dict[str, tuple[float, float]]
    trained_until: str
    pickle_md5: str


def ensemble_graph(ensemble: ProductionEnsemble, metadata: GraphMetadata) -> bytes:
    """`features` float64 (n, k) → `probability` float64 (n,).

    Raises:
        UserError: a member that cannot be exported.
    """
    nodes = Nodes()
    features = _value("features", "n", len(ensemble.feature_names))
    mean, _ = add_ensemble(nodes, "features", ensemble)
    add_answer(nodes, mean, {"features": [1]}, output="probability")
    props = _props(ensemble, metadata)
    return _serialized("production_ensemble", nodes, [features], [_value("probability", "n")], props)


def signal_graph(ensemble: ProductionEnsemble, metadata: GraphMetadata) -> bytes:
    """`candles` float64 (n, warmup, 5), oldest first → `probability` float64 (n,) and `features` float64 (n, k).

    Of members with two heads it also takes `opened` int64 (n,), the newest candle's open in seconds since 1970, and
    gives `probability_move` and `probability_direction` float64 (n,).

    Raises:
        UserError: a member that cannot be exported.
    """
    nodes = Nodes()
    given = [_value("candles", "n", metadata.warmup, len(OHLCV))]
    columns = add_columns(nodes, "candles")
    if ensemble.feature_names == FEATURE_SETS["wide"]:
        given.append(helper.make_tensor_value_info("opened", TensorProto.INT64, ["n"]))
        step = int(parse_timeframe(metadata.timeframe).total_seconds())
        features = add_wide_features(nodes, columns, "opened", metadata.warmup, step, output="features")
    else:
        features = add_features(nodes, columns, metadata.warmup, output="features")
    mean, move = add_ensemble(nodes, features, ensemble)
    checked = {"candles": [1, 2], features: [1]}
    answers = {"probability": mean}
    if move:
        answers |= {"probability_move": move, "probability_direction": add_direction(nodes, mean, move)}
    for name, value in answers.items():
        add_answer(nodes, value, checked, output=name)
    outputs = [*(_value(name, "n") for name in answers), _value("features", "n", len(ensemble.feature_names))]
    return _serialized("production_signal", nodes, given, outputs, _props(ensemble, metadata))


def _value(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape)


def _props(ensemble: ProductionEnsemble, metadata: GraphMetadata) -> dict[str, str]:
    props: dict[str, Any] = asdict(metadata) | {
        "model_type": type(ensemble).__name__,
        "feature_names": list(ensemble.feature_names),
        "decision_threshold": ensemble.threshold,
        "weights": ensemble.weights,
    }
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in sorted(props.items())}


def _serialized(
    name: str,
    nodes: Nodes,
    given: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    props: dict[str, str],
) -> bytes:
    graph = helper.make_graph(nodes.nodes, name, given, outputs, initializer=nodes.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(TREES, TREES_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="btc-ensemble", ir_version=IR_VERSION)
    helper.set_model_props(model, props)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
