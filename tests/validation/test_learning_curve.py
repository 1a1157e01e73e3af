"""Learning curves: the log losses are those of the models, and nothing that is kept knows of them."""

import csv
import json
import re
import socket
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from src.artifacts.pickles import model_bytes
from src.core.names import FEATURE_SETS
from src.ml.base.boosted import BoostedMember, Watcher
from src.ml.base.registry import make_member
from src.validation.learning_curve import learning_curves
from src.validation.walk_forward import WalkForward, walk_forward
from tests.conftest import ROOT, run
from tests.learnable import SETTINGS, table_of
from tests.validation.test_walk_forward import split

PYTHON = ROOT / ".venv-dvclive/bin/python"
BOOSTED = ("lightgbm", "xgboost")
with_dvclive = pytest.mark.skipif(
    getattr(find_spec("dvclive"), "origin", None) is None,
    reason="dvclive is not installed here; test_with_dvclive runs this where it is",
)


@pytest.mark.parametrize("name", BOOSTED)
def test_each_round_tells_the_log_loss_of_both_rows_and_changes_no_bit(name: str, problem) -> None:
    features, target = problem
    seen, unseen = slice(0, 300), slice(300, 400)
    told: list[tuple[float, float]] = []
    watched = make_member(name, SETTINGS[name] | {"half_life": 50})
    assert isinstance(watched, BoostedMember)
    watched.watcher = Watcher(features[unseen], target[unseen], lambda *losses: told.append(losses))
    watched.fit(features[seen], target[seen])
    assert len(told) == SETTINGS[name]["n_estimators"]
    expected = [log_loss(target[rows], watched.predict_proba(features[rows])[:, 1]) for rows in (seen, unseen)]
    np.testing.assert_allclose(told[-1], expected, rtol=1e-6)
    alone = make_member(name, SETTINGS[name] | {"half_life": 50}).fit(features[seen], target[seen])
    assert model_bytes(watched) == model_bytes(alone)


def trained(name: str, problem, folder: Path) -> WalkForward:
    with learning_curves(folder, name) as watch:
        return walk_forward(lambda: make_member(name, SETTINGS[name]), table_of(*problem), split(400, 4), watch=watch)


def test_without_dvclive_nothing_is_written_and_an_old_curve_goes(
    tmp_path: Path, problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: pytest.fail(name) if name != "dvclive" else None)
    old = tmp_path / "learning_curves/lightgbm/metrics.json"
    old.parent.mkdir(parents=True)
    old.touch()
    with learning_curves(tmp_path, "lightgbm") as watch:
        assert watch is None
    assert list((tmp_path / "learning_curves").iterdir()) == []


@pytest.mark.drill
@pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-dvclive here; scripts/setup/drills.sh makes it")
def test_with_dvclive() -> None:
    """The tests below, where DVCLive is installed."""
    command = (str(PYTHON), "-m", "pytest", "-p", "no:cacheprovider", str(Path(__file__).relative_to(ROOT)))
    result = run(ROOT, *command)
    assert result.returncode == 0, result.stdout[-2000:]
    assert re.search(r"\d+ passed", result.stdout) and "skipped" not in result.stdout, result.stdout


@with_dvclive
@pytest.mark.parametrize("name", BOOSTED)
def test_the_curve_is_of_the_newest_fold_and_the_result_is_the_same(name: str, problem, tmp_path: Path) -> None:
    result = trained(name, problem, tmp_path)
    alone = walk_forward(lambda: make_member(name, SETTINGS[name]), table_of(*problem), split(400, 4))
    pd.testing.assert_frame_equal(result.out_of_fold, alone.out_of_fold, check_exact=True)
    assert model_bytes(result.model) == model_bytes(alone.model)
    newest = result.out_of_fold.query("fold == 4")
    lines = {}
    for rows in ("train", "held_out"):
        with (tmp_path / f"learning_curves/{name}/plots/metrics/log_loss/{rows}.tsv").open() as file:
            lines[rows] = list(csv.DictReader(file, delimiter="\t"))
    assert [len(found) for found in lines.values()] == [10, 10]
    assert float(lines["held_out"][-1]["held_out"]) == pytest.approx(log_loss(newest["target"], newest["probability"]))
    drawn = pd.read_json(tmp_path / f"learning_curves/{name}/plots/custom/log_loss.json")
    assert list(drawn["round"]) == [number for number in range(1, 11) for _ in range(2)]
    assert list(drawn["model"].unique()) == [f"{name}, rows trained on", f"{name}, rows held out"]


@with_dvclive
def test_a_forest_has_no_curve(problem, tmp_path: Path) -> None:
    trained("random_forest", problem, tmp_path)
    assert not list(tmp_path.glob("learning_curves/*"))


@with_dvclive
def test_each_head_has_a_curve_over_the_rows_that_it_learns_from(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    features, moves = rng.normal(1, 0.2, (200, len(FEATURE_SETS["wide"]))), rng.choice([-1, 0, 1], 200)
    pair = make_member("xgboost", SETTINGS["xgboost"], "wide")
    with learning_curves(tmp_path, "xgboost") as watch:
        assert watch
        watch(pair, features[150:], moves[150:])
        pair.fit(features[:150], moves[:150])
    moved = moves[150:] != 0
    for head, target in (("move", moved), ("direction", moves[150:][moved] > 0)):
        rows = features[150:] if head == "move" else features[150:][moved]
        expected = log_loss(target, getattr(pair, head).predict_proba(rows)[:, 1])
        found = json.loads((tmp_path / f"learning_curves/xgboost_{head}/metrics.json").read_text())
        assert found["log_loss"]["held_out"] == pytest.approx(expected)


@with_dvclive
def test_nothing_is_sent_whatever_token_is_set(problem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as studio:
        asked: list[object] = []
        Thread(target=lambda: asked.append(studio.accept()), daemon=True).start()
        monkeypatch.setenv("DVC_STUDIO_TOKEN", "isat_1")
        monkeypatch.setenv("DVC_STUDIO_URL", f"http://127.0.0.1:{studio.getsockname()[1]}")
        # As in `dvc exp run`.
        monkeypatch.setenv("DVC_ROOT", str(ROOT))
        monkeypatch.setenv("DVC_EXP_BASELINE_REV", "0" * 40)
        monkeypatch.setenv("DVC_EXP_NAME", "shy")
        trained("lightgbm", problem, tmp_path)
        assert (tmp_path / "learning_curves/lightgbm/metrics.json").exists()
        assert asked == []


@with_dvclive
def test_a_curve_that_cannot_be_written_stops_no_training(problem, tmp_path: Path, capfd) -> None:
    (tmp_path / "learning_curves").touch()
    assert len(trained("lightgbm", problem, tmp_path).out_of_fold) == 320
    assert "no learning curve in lightgbm: [Errno 20] Not a directory" in capfd.readouterr().err
