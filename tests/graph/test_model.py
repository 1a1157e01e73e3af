import hashlib
import json
import pickle
import subprocess
import sys

import onnx
import pytest

from src.core.errors import UserError
from src.core.names import FEATURE_NAMES
from src.graph.model import ensemble_graph, signal_graph
from src.ml.base.member import Member
from src.ml.ensemble import ProductionEnsemble
from tests.conftest import ROOT, environment
from tests.graph.conftest import METADATA
from tests.graph.parity import session

OPERATORS = (
    "Abs Add Cast Clip Concat Div Equal Gather LessOrEqual MatMul Max Min Mul Neg ReduceL1 ReduceMax ReduceMean "
    "Sigmoid Slice Split Sqrt Squeeze Sub TreeEnsembleRegressor Where"
)


def test_inputs_and_outputs_keep_their_contract(exported) -> None:
    for graph, given in ((exported.graph, ("features", ["n", 12])), (exported.signal, ("candles", ["n", 400, 5]))):
        running = session(graph)
        assert [(value.name, value.shape, value.type) for value in running.get_inputs()] == [(*given, "tensor(double)")]
        outputs = {value.name: (value.shape, value.type) for value in running.get_outputs()}
        assert outputs["probability"] == (["n"], "tensor(double)")
        assert set(outputs) == {"probability"} | ({"features"} if given[0] == "candles" else set())


def test_metadata_says_what_the_graph_was_made_from(exported) -> None:
    for graph in (exported.graph, exported.signal):
        props = session(graph).get_modelmeta().custom_metadata_map
        assert props["model_type"] == "ProductionEnsemble"
        assert json.loads(props["feature_names"]) == list(FEATURE_NAMES)
        assert json.loads(props["weights"]) == {"lightgbm": 0.4, "xgboost": 0.4, "random_forest": 0.2}
        assert json.loads(props["feature_ranges"]) == {"close": [1.5, 2.5]}
        numbers = ("warmup", "target_horizon", "target_threshold", "decision_threshold")
        assert [json.loads(props[name]) for name in numbers] == [400, 1, 0.003, 0.5]
        assert (props["timeframe"], props["trained_until"]) == ("1h", "2019-10-17T10:00:00+00:00")
        assert props["pickle_md5"] == "0" * 32
        assert [prop.key for prop in onnx.load_from_string(graph).metadata_props] == sorted(props)


def test_a_guard_can_list_all_operators(exported) -> None:
    model = onnx.load_from_string(exported.signal)
    assert " ".join(sorted({node.op_type for node in model.graph.node})) == OPERATORS
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    # Every node is used: a runtime would compute it all the same.
    used = {name for node in model.graph.node for name in node.input} | {"probability", "features"}
    assert all(set(node.output) & used for node in model.graph.node)


def test_a_member_without_an_exporter_is_refused(exported) -> None:
    class Forest(type(exported.ensemble.members["random_forest"])):
        name = "moss"
        tree_table = Member.tree_table

    member = Forest.__new__(Forest)
    member.__dict__ |= exported.ensemble.members["random_forest"].__dict__
    with pytest.raises(UserError, match="the member moss cannot be exported: .*without `tree_table`"):
        ensemble_graph(ProductionEnsemble({"moss": member}, {"moss": 1}), METADATA)


BYTES = """
import hashlib, pickle, sys
from src.graph.model import ensemble_graph, signal_graph
from tests.graph.conftest import METADATA
ensemble = pickle.load(open(sys.argv[1], "rb"))
print(hashlib.md5(ensemble_graph(ensemble, METADATA) + signal_graph(ensemble, METADATA)).hexdigest())
"""


def test_every_process_writes_the_same_bytes(exported, tmp_path) -> None:
    (tmp_path / "ensemble.pkl").write_bytes(pickle.dumps(exported.ensemble))
    found = {hashlib.md5(exported.graph + exported.signal).hexdigest()}
    for seed, threads in (("1", "1"), ("2", "2")):
        settings = environment(PYTHONHASHSEED=seed, OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
        command = [sys.executable, "-c", BYTES, str(tmp_path / "ensemble.pkl")]
        run = subprocess.run(command, cwd=ROOT, env=settings, text=True, capture_output=True, check=True)
        found.add(run.stdout.strip())
    assert len(found) == 1
    assert signal_graph(exported.ensemble, METADATA) == exported.signal
