"""`make mlflow` against a real MLflow server: what git says, once, whatever is killed."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from src.core.files import md5_of
from src.core.paths import ENSEMBLE_GRAPH, SIGNAL_GRAPH
from src.repository.git import outputs_at
from src.rollout.branch import STAGES_FILE, make_commit, move_own, read_own
from src.rollout.steps import NOTHING, Deployment, dump_deployments
from tests.conftest import run
from tests.releases import git
from tests.tracking.server import PYTHON, Server, entries, serving

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-mlflow here; scripts/setup/drills.sh makes it"),
]
VERSIONS = {"v1.0.0": "HEAD~2", "v1.1.0": "HEAD~1"}
# After which request a run is killed: the how manieth whose address holds this. KILLS=all: after every one.
MOMENTS = ("1:runs/create", "2:runs/log-batch", "9:mlflow-artifacts", "1:model-versions/create")
KILLED = """
import os, signal, sys
import requests
asked, send = 0, requests.Session.send
def counted(self, *given, **more):
    global asked
    answer = send(self, *given, **more)
    number, _, part = os.environ["KILL_AFTER"].partition(":")
    asked += part in answer.url
    if asked == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
requests.Session.send = counted
sys.argv = ["tracking", "--url", sys.argv[1]]
sys.path.insert(0, ".")
from src.management.commands.tracking import app
app()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


@pytest.fixture
def tagged(pushed: Path) -> Path:
    """``pushed`` with two versions, and their graphs in the remote."""
    for version, commit in VERSIONS.items():
        git(pushed, "tag", "-a", f"production-ensemble@{version}", "-m", f"Release {version}", commit)
    return pushed


def sync(root: Path, server: Server) -> list[str]:
    """The lines of a run that must end well."""
    result = run(root, str(PYTHON), "scripts/management/tracking.py", MLFLOW_TRACKING_URI=server.url)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.splitlines()


def deploy(root: Path, **steps: str) -> None:
    """A commit on the branch rollout."""
    deployments = NOTHING | {name.replace("_", "-"): Deployment(version, []) for name, version in steps.items()}
    before = read_own(root)
    commit = make_commit(root, before, {STAGES_FILE: dump_deployments(deployments).encode()}, "Deploy")
    assert move_own(root, commit, before)


def test_the_registry_is_what_git_says(tagged: Path, server: Server, tmp_path: Path) -> None:
    deploy(tagged, paper="v1.1.0", live="v1.0.0")
    assert sync(tagged, server) == [
        "v1.0.0: written", "v1.1.0: written", "0 of 2 versions were there", "alias paper: v1.1.0", "alias live: v1.0.0"
    ]  # fmt: skip
    runs, models = server.runs(), server.versions()
    assert set(runs) == set(models) == set(VERSIONS)
    assert server.aliases() == {"paper": "v1.1.0", "live": "v1.0.0"}
    for version, name in VERSIONS.items():
        commit = git(tagged, "rev-parse", name)
        data, files = runs[version]["data"], server.files(runs[version])
        assert runs[version]["info"]["status"] == "FINISHED"
        scores = json.loads(git(tagged, "show", f"{commit}:reports/metrics/ensemble.json"))["walk_forward"]
        metrics, params, tags = entries(data["metrics"]), entries(data["params"]), entries(data["tags"])
        assert metrics["ensemble/walk_forward/roc_auc"] == scores["roc_auc"]
        assert params["ensemble.weights.lightgbm"] == ("0.4" if version == "v1.0.0" else "0.7")
        assert tags["git_commit"] == commit == entries(models[version]["tags"])["git_commit"]
        outputs = outputs_at(tagged, commit)
        for graph in (ENSEMBLE_GRAPH, SIGNAL_GRAPH):
            assert md5_of(files / "model" / graph.name) == outputs[graph].md5 == tags[f"made_from.{graph.name}"]
        assert (files / "reports/plots/roc.csv").read_text().strip() == git(
            tagged, "show", f"{commit}:reports/plots/roc.csv"
        )
        history = server.ask(
            f"metrics/get-history?run_id={runs[version]['info']['run_id']}&metric_key=skill_by_fold/ensemble"
        )
        assert [point["step"] for point in history["metrics"]] == [1, 2, 3, 4, 5, 6]
        inputs = runs[version]["inputs"]["dataset_inputs"]
        made_of = json.loads(git(tagged, "show", f"{commit}:models/production/production_model_metadata.json"))[
            "made_from"
        ]
        assert {entry["dataset"]["name"]: entry["dataset"]["digest"] for entry in inputs} == made_of["data"]

    _loads(tagged, server, tmp_path)

    before = server.content()
    assert sync(tagged, server) == ["2 of 2 versions were there"]
    assert server.content() == before, "a second run wrote something"

    deploy(tagged, paper="v1.0.0")
    assert sync(tagged, server)[1:] == ["alias paper: v1.0.0", "alias live: removed"]
    assert server.aliases() == {"paper": "v1.0.0"}

    git(tagged, "tag", "-d", "production-ensemble@v1.1.0")
    assert sync(tagged, server) == [
        "1 of 1 versions were there", "version 2 in MLflow is v1.1.0, which no git tag names here; it is left alone"
    ]  # fmt: skip
    git(tagged, "tag", "-a", "production-ensemble@v1.1.0", "-m", "Moved", "HEAD")
    moved = run(tagged, str(PYTHON), "scripts/management/tracking.py", "--url", server.url)
    assert moved.returncode == 1
    assert "a release tag must never move; ask who moved it" in moved.stderr
    assert set(server.versions()) == set(VERSIONS)


def _loads(root: Path, server: Server, folder: Path) -> None:
    """MLflow's own loader, with the runtime of ``.venv``, answers as the graph that dvc.lock names."""
    rows = np.random.default_rng(1).normal(1, 0.2, (5, 12))
    np.save(folder / "rows.npy", rows)
    code = f"import sys; sys.path.append({str(Path(onnxruntime.__file__).parents[1])!r})\n" + (
        "import mlflow, numpy\n"
        "model = mlflow.pyfunc.load_model('models:/production-ensemble@live')\n"
        f"answers = model.predict({{'features': numpy.load({str(folder / 'rows.npy')!r})}})\n"
        f"numpy.save({str(folder / 'answers.npy')!r}, answers['probability'])\n"
    )
    result = run(root, str(PYTHON), "-c", code, MLFLOW_TRACKING_URI=server.url, MLFLOW_DISABLE_TELEMETRY="true")
    assert result.returncode == 0, result.stderr
    path = folder / "graph.onnx"
    output = outputs_at(root, "v1.0.0")[ENSEMBLE_GRAPH]
    shutil.copyfile(root / ".dvc/cache/files/md5" / output.md5[:2] / output.md5[2:], path)
    (expected,) = onnxruntime.InferenceSession(path).run(["probability"], {"features": rows})
    np.testing.assert_array_equal(np.load(folder / "answers.npy"), expected)


def test_a_run_that_is_killed_is_completed_by_the_next(tagged: Path, server: Server, tmp_path: Path) -> None:
    git(tagged, "tag", "-d", "production-ensemble@v1.1.0")
    deploy(tagged, live="v1.0.0")
    sync(tagged, server)
    whole, whole_model = server.runs()["v1.0.0"], server.versions()["v1.0.0"]
    moments = [f"{number}:" for number in range(1, 1000)] if os.environ.get("KILLS") == "all" else MOMENTS
    with serving(tmp_path) as other:
        for moment in moments:
            result = run(tagged, str(PYTHON), "-c", KILLED, other.url, KILL_AFTER=moment)
            if result.returncode == 0:
                break
            assert result.returncode == -signal.SIGKILL, result.stderr
        if moments == MOMENTS:
            assert result.returncode, "the last moment came never"
            sync(tagged, other)
        found, model = other.runs()["v1.0.0"], other.versions()["v1.0.0"]
        assert other.aliases() == {"live": "v1.0.0"}
        assert found["info"]["status"] == "FINISHED"
        for kind in ("metrics", "params"):
            assert entries(found["data"][kind]) == entries(whole["data"][kind])
        assert entries(model["tags"]) == entries(whole_model["tags"])
        names = [
            sorted(path.name for path in files.rglob("*") if path.is_file())
            for files in (other.files(found), server.files(whole))
        ]
        assert names[0] == names[1]
        history = f"metrics/get-history?run_id={found['info']['run_id']}&metric_key=ensemble/walk_forward/roc_auc"
        assert len(other.ask(history)["metrics"]) == 1


def test_no_server_is_one_sentence(tagged: Path) -> None:
    result = run(tagged, str(PYTHON), "scripts/management/tracking.py", "--url", "http://me:secret@127.0.0.1:1")
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("error: the MLflow server http://…@127.0.0.1:1 could not be asked (")
    assert "secret" not in result.stderr


def test_without_mlflow_it_says_what_to_install(tagged: Path) -> None:
    result = run(tagged, sys.executable, "scripts/management/tracking.py", "--url", "http://127.0.0.1:1")
    assert (result.returncode, result.stderr) == (
        1, "error: this Python has no mlflow; run `make mlflow-setup`, then `make mlflow`.\n"
    )  # fmt: skip
