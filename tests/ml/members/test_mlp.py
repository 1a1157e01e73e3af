"""The perceptron: layers counted by hand, its graph, forged layers, and the number of threads."""

import sys

import numpy as np
import pytest

from src.artifacts.load import ArtifactError, read_model
from src.artifacts.pickles import model_bytes
from src.bundle.operators import check_graph
from src.graph.model import ensemble_graph
from src.ml.base.layers import LayerTable
from src.ml.base.member import Member
from src.ml.base.registry import make_member
from src.ml.ensemble import ProductionEnsemble
from tests.artifacts.conftest import PATH
from tests.conftest import ROOT, run
from tests.graph.conftest import METADATA
from tests.graph.parity import ensemble_parity
from tests.learnable import SETTINGS


def test_layers_counted_by_hand() -> None:
    layers = (
        (np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([0.5, 0.0])),
        (np.array([[1.0], [3.0]]), np.array([-0.25])),
    )
    table = LayerTable(np.array([1.0, 0.0]), np.array([2.0, 1.0]), 5.0, layers)
    # (3 − 1) / 2 = 1 and 100 → 5: hidden 1 + 10 + .5 and −1 → 0; (−3 − 1) / 2 = −2 and 0: hidden −1.5 → 0 and 2.
    np.testing.assert_array_equal(table.output(np.array([[3, 100], [-3, 0]], dtype="float32")), [11.25, 5.75])


def test_it_stands_in_the_graph_beside_trees(problem, trained) -> None:
    features, target = problem
    few = make_member("extra_trees", SETTINGS["extra_trees"] | {"without": ["zscore", "macd/close"]})
    parts = {"mlp": trained["mlp"], "extra_trees": few.fit(features, target), "lightgbm": trained["lightgbm"]}
    ensemble = ProductionEnsemble(parts, {"mlp": 0.5, "extra_trees": 0.3, "lightgbm": 0.2})
    absurd = np.exp(np.random.default_rng(5).uniform(-80, 80, (200, 12)))
    graph = ensemble_graph(ensemble, METADATA)
    check_graph(graph, "the graph")
    parity = ensemble_parity(ensemble, graph, np.concatenate([features, absurd]))
    assert (parity.exceptions, parity.flips) == (0, 0)


def layers_of(member: Member) -> list:
    return [tuple(np.array(part) for part in layer) for layer in member._layers]


def _narrow(layers: list) -> list:
    return [(layers[0][0][:-1], layers[0][1]), *layers[1:]]


def _nan(layers: list) -> list:
    layers[1][0][0, 0] = np.nan
    return layers


@pytest.mark.parametrize(
    "forge",
    [
        _narrow,
        _nan,
        lambda layers: layers[:1],
        lambda _: [],
        tuple,
        lambda layers: [layers[0][0], layers[1]],
        lambda layers: [(layers[0][0].astype("float32"), layers[0][1]), layers[1]],
        lambda layers: [(layers[0][0], layers[0][1][:-1]), layers[1]],
    ],
)
def test_forged_layers_are_refused(forge, trained) -> None:
    member = read_model(PATH, model_bytes(trained["mlp"]), Member)
    vars(member)["_layers"] = forge(layers_of(member))
    with pytest.raises(ArtifactError, match="layers do not lead from its inputs to one output"):
        read_model(PATH, model_bytes(member), Member)


@pytest.mark.parametrize(("key", "value"), [("_scale", np.zeros(11)), ("_mean", np.zeros(10)), ("_mean", 0.0)])
def test_a_forged_scale_is_refused(key: str, value: object, trained) -> None:
    member = read_model(PATH, model_bytes(trained["mlp"]), Member)
    vars(member)[key] = value
    with pytest.raises(ArtifactError, match="layers do not lead from its inputs to one output"):
        read_model(PATH, model_bytes(member), Member)


def test_a_forged_list_of_inputs_is_refused(trained) -> None:
    member = read_model(PATH, model_bytes(trained["mlp"]), Member)
    vars(member)["without"] = ["zscore"]
    with pytest.raises(ArtifactError, match="has no usable without"):
        read_model(PATH, model_bytes(member), Member)


PROGRAM = """
import hashlib, numpy as np
from src.artifacts.pickles import model_bytes
from src.ml.base.registry import make_member
random = np.random.default_rng(3)
features = random.normal(1, 0.2, (3000, 12))
target = (features[:, 8] + random.normal(0, 0.1, 3000) > 1).astype("int8")
member = make_member("mlp", {"hidden_layer_sizes": [64, 64], "batch_size": 1000, "max_iter": 3, "random_state": 1})
member.fit(features, target)
print(hashlib.md5(model_bytes(member) + member.predict_proba(features).tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_no_byte() -> None:
    answers = set()
    for threads in ("1", "2", "7"):
        counts = {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        result = run(ROOT, sys.executable, "-c", PROGRAM, PYTHONPATH=str(ROOT), **counts)
        assert result.returncode == 0, result.stderr
        answers.add(result.stdout)
    assert len(answers) == 1
