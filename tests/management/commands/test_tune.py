"""`make tune` for real, on the short pipeline: killed, gone on with, shared by two trees; and its dashboard."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from src.core.params import read_value
from src.tuning.storage import open_storage
from tests.conftest import ROOT, run
from tests.live.service.process import until
from tests.releases import git

# What was run once by hand: 100 trials, two kills.
TRIALS = int(os.environ.get("TUNE_TRIALS", "4"))
SECONDS = 300


def begun(tree: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "scripts/ml/tune.py", *options]
    return subprocess.Popen(command, cwd=tree, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def killed_after(process: subprocess.Popen[str], line: str) -> None:
    """SIGKILL in the middle of the trial after the one that ``line`` tells of."""
    assert process.stdout is not None
    for said in process.stdout:
        if said.startswith(line):
            time.sleep(0.2)
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait(timeout=SECONDS) == -signal.SIGKILL


def states(storage: optuna.storages.BaseStorage, name: str) -> Counter[TrialState]:
    return Counter(trial.state for trial in optuna.load_study(study_name=name, storage=storage).trials)


def logged(tree: Path) -> list[str]:
    with (tree / "docs/trials.csv").open(encoding="utf-8") as log:
        return [row["study"] for row in csv.DictReader(log) if row["study"].startswith("kills ")]


@pytest.mark.drill
def test_it_is_killed_twice_and_every_trial_is_counted_once(tree: Path) -> None:
    options = ("--trials", str(TRIALS), "--study", "kills")
    killed_after(begun(tree, *options), f"{TRIALS // 4} of {TRIALS} trials")
    killed_after(begun(tree, *options), f"{TRIALS // 2} of {TRIALS} trials")
    last = begun(tree, *options)
    said, _ = last.communicate(timeout=SECONDS)
    assert last.returncode == 0, said
    assert f"{TRIALS // 2} of {TRIALS} trials are finished, 1 were cut off and are run again" in said
    assert "its gain on the last 20 %, which no trial has seen" in said or "no trial is better" in said
    found = states(open_storage(tree, "kills", None), "kills")
    assert found[TrialState.COMPLETE] + found[TrialState.PRUNED] == TRIALS
    assert found[TrialState.FAIL] == 2
    assert len(logged(tree)) == len(set(logged(tree))) == TRIALS
    lines = (tree / "docs/trials.csv").read_text(encoding="utf-8").splitlines()
    assert read_value(tree, "evaluation.trials") == len(lines) - 1
    # Only what a winner or the count of trials may change; the settings are legal.
    changed = {line.split()[-1] for line in git(tree, "status", "--porcelain").splitlines()}
    assert changed == {"docs/trials.csv", "params.yaml"}
    assert run(tree, sys.executable, "scripts/management/dev_check.py", "params-check").returncode == 0


@pytest.mark.drill
def test_two_trees_with_helpers_share_one_study(tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run(tmp_path, "cp", "-r", str(tree), str(other))
    url = f"sqlite:///{tmp_path}/shared.db"
    options = ("--trials", "4", "--study", "shared", "--storage", url, "--no-write")
    first = begun(tree, *options, "--jobs", "2")
    second = begun(other, *options)
    for process in (first, second):
        said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
    study = optuna.load_study(study_name="shared", storage=url)
    finished = [trial for trial in study.trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    # Processes that ask at the same moment may run one more each.
    assert 4 <= len(finished) <= 6
    assert len({trial.user_attrs["worker"] for trial in finished}) >= 2


@pytest.mark.drill
def test_the_dashboard_opens_a_study_on_loopback(tmp_path: Path) -> None:
    study = optuna.create_study(storage=open_storage(tmp_path, "shown", None), study_name="shown")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = f"http://127.0.0.1:{port}"
    path = tmp_path / ".cache/tune/shown.journal"
    given = {"STORAGE": str(path), "PORT": str(port)}
    # In a group of its own: make runs a shell, and the shell the server.
    server = subprocess.Popen(
        ["make", "-s", "tune-dashboard", *(f"{key}={value}" for key, value in given.items())],
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        answer = _asked(f"{page}/api/studies", server)
        assert [found["study_name"] for found in json.loads(answer)["study_summaries"]] == ["shown"]
        assert b"<title>Optuna Dashboard</title>" in _asked(f"{page}/dashboard/", server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)
    # A server that went on would hold the output of whoever runs the tests.
    until(lambda: not _listens(port))


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _asked(url: str, server: subprocess.Popen[bytes]) -> bytes:
    for _ in range(300):
        assert server.poll() is None
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--study", "../up"), "cannot name a study"),
        (("--storage", "nonsense"), "the storage of the study cannot be opened"),
    ],
)
def test_a_mistake_is_one_sentence(short_pipeline: Path, options: tuple[str, ...], sentence: str) -> None:
    result = run(short_pipeline, sys.executable, "scripts/ml/tune.py", *options)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
