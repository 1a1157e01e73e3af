"""CatBoost's trees as plain arrays: counted by hand, and refused where they are no trees. Training: a drill."""

import re

import numpy as np
import pytest

from src.artifacts.load import ArtifactError, read_model
from src.artifacts.pickles import model_bytes
from src.core.names import FEATURE_NAMES
from src.ml.base.member import Member
from src.ml.base.registry import make_member
from src.ml.ensemble import ProductionEnsemble
from tests.artifacts.conftest import PATH
from tests.conftest import ROOT, run
from tests.graph.conftest import METADATA
from tests.graph.parity import ensemble_parity
from tests.ml.members.catboost_by_hand import RSI, ZSCORE, by_hand
from tests.ml.members.test_tree_tables import walked

PYTHON = ROOT / ".venv-catboost/bin/python"


def rows() -> np.ndarray:
    features = np.zeros((5, len(FEATURE_NAMES)))
    features[:, RSI] = [50, 51, 50, 51, np.nextafter(np.float32(50), np.float32(60))]
    features[:, ZSCORE] = [1, 1, 2, 2, 0]
    return features


def test_a_leaf_is_found_by_the_bits_of_its_number() -> None:
    expected = 1 / (1 + np.exp(-(-1 + 0.5 + np.array([1, 2, 4, 8, 2]))))
    np.testing.assert_allclose(by_hand().predict_proba(rows())[:, 1], expected, rtol=1e-15)
    np.testing.assert_allclose(walked(by_hand().tree_table(), rows().astype("float32")), expected, rtol=1e-15)


def test_the_graph_answers_as_the_pickle() -> None:
    from src.graph.model import ensemble_graph

    ensemble = ProductionEnsemble({"catboost": by_hand()}, {"catboost": 1})
    parity = ensemble_parity(ensemble, ensemble_graph(ensemble, METADATA), rows())
    assert (parity.exceptions, parity.flips) == (0, 0)


def test_it_is_loaded_without_its_library_and_forged_arrays_are_refused() -> None:
    content = model_bytes(by_hand())
    loaded = read_model(PATH, content, Member)
    assert model_bytes(loaded) == content
    np.testing.assert_array_equal(loaded.predict_proba(rows()), by_hand().predict_proba(rows()))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"_inputs": np.array([RSI, 12])}, "asks for an input beyond its 12"),
        ({"_inputs": np.array([-1, RSI])}, "asks for an input beyond its 12"),
        ({"_inputs": np.array([RSI])}, "other levels than they name"),
        ({"_depths": np.array([2])}, "other leaves than their depths ask for"),
        ({"_depths": np.array([60, -58])}, "other levels than they name"),
        ({"_depths": np.array([], dtype="int64")}, "other levels than they name"),
        ({"_depths": np.array([0.0, 2.0])}, "are not plain arrays"),
        ({"_depths": [0, 2]}, "are not plain arrays"),
        ({"_leaves": np.array([np.inf, 1, 2, 4, 8])}, "other leaves than their depths ask for"),
        ({"_borders": np.array([50, np.nan], dtype="float32")}, "asks for an input beyond"),
        ({"_start": 1}, "are not plain arrays"),
        ({"_start": float("nan")}, "other leaves than their depths ask for"),
    ],
)
def test_forged_arrays_are_refused(changes: dict, fault: str) -> None:
    with pytest.raises(ArtifactError, match=fault):
        read_model(PATH, model_bytes(by_hand(**changes)), Member)


@pytest.mark.drill
@pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-catboost here; scripts/setup/drills.sh makes it")
def test_it_is_trained_in_an_environment_that_has_the_library() -> None:
    """The tests of all members, and that the plain arrays give what CatBoost itself gives."""
    result = run(ROOT, str(PYTHON), "-m", "pytest", "-p", "no:cacheprovider", "-k", "catboost", "tests/ml/members")
    assert result.returncode == 0, result.stdout[-2000:]
    counts = re.search(r"(\d+) passed, (\d+) skipped", result.stdout)
    # What is skipped there is the test of an environment without the library.
    assert counts
    assert (int(counts[1]) > 25, int(counts[2])) == (True, 1)


@pytest.mark.parametrize("settings", [{}, {"max_depth": 6, "subsample": 0.5, "bootstrap_type": "Bernoulli"}])
def test_the_arrays_give_what_the_library_gives(settings: dict, problem) -> None:
    catboost = pytest.importorskip("catboost", reason="catboost is not installed here; the drill above runs this")
    features, target = problem
    given = {"n_estimators": 20, "random_state": 1} | settings
    ours = make_member("catboost", given | {"inputs": "raw"}).fit(features, target)
    inputs = features.astype("float32")
    theirs = catboost.CatBoostClassifier(**given, thread_count=1, verbose=False, allow_writing_files=False)
    expected = theirs.fit(inputs, target).predict_proba(inputs)[:, 1]
    np.testing.assert_allclose(ours.predict_proba(features)[:, 1], expected, atol=1e-12)
