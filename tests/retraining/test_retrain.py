"""`make retrain` as it is typed, on real candles of a loopback exchange: kept, refused, not due, offline, killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from src.core.params import read_value
from src.retraining.scratch import MEND
from tests.candles.exchange.bitbank_server import BitbankServer, bitbank
from tests.conftest import environment, run
from tests.management.test_rerun import contents
from tests.releases import git, replace, repro_and_commit
from tests.stages.ingest_params import exchange_of, set_ingest

# How often it is killed somewhere.
KILLS = int(os.environ.get("KILLS", "1"))
END = datetime(2019, 6, 30, 7, tzinfo=UTC)
WEEKS = 5


@pytest.fixture
def exchange(repository: Path, snapshot: pd.DataFrame) -> Iterator[BitbankServer]:
    """``repository``, trained until END on candles of an exchange, which has them until five weeks later."""
    first, last = (pd.Timestamp(END + timedelta(days=days)) for days in (-95, 40))
    near = snapshot["timestamp"].between(first, last)
    with bitbank(snapshot[near], now=END + timedelta(minutes=30)) as server:
        set_ingest(
            repository, source="exchange", days=90, end=f"{END:%Y-%m-%dT%H:%M:%SZ}", exchange=exchange_of(server.url)
        )
        replace(repository / "params.yaml", "folds: 6", "folds: 2")
        repro_and_commit(repository, "Train on an exchange")
        server.now = END + timedelta(weeks=WEEKS, minutes=30)
        yield server


def command(root: Path, *arguments: str) -> tuple[str, ...]:
    return sys.executable, str(root / "scripts/ml/retrain.py"), *arguments


def retrain(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(root, *command(root, *arguments))


def state(root: Path) -> tuple[dict[str, str], str, str]:
    return contents(root), git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")


@pytest.mark.drill
def test_kept_or_refused_killed_or_not_due(repository: Path, exchange: BitbankServer) -> None:
    before = state(repository)
    exchange.down = True
    offline = retrain(repository)
    assert offline.returncode == 1
    assert len([line for line in offline.stderr.splitlines() if line.startswith("error: ")]) == 1
    assert "Traceback" not in offline.stderr and state(repository) == before
    exchange.down, exchange.now = False, END + timedelta(days=29)
    early = retrain(repository)
    assert (early.returncode, early.stderr) == (0, "")
    assert early.stdout.splitlines()[-1].startswith("not due: the model of this checkout was trained until 2019-06-30")
    assert state(repository) == before

    exchange.now = END + timedelta(weeks=WEEKS, minutes=30)
    # Trees of one row each, without any restraint: what they learned by heart is no use in a week that they never saw.
    good = (repository / "params.yaml").read_text(encoding="utf-8")
    bad = good.replace("min_child_samples: 120", "min_child_samples: 1").replace("path_smooth: 200", "path_smooth: 0")
    bad = bad.replace("min_child_weight: 15", "min_child_weight: 0").replace(
        "learning_rate: 0.03", "learning_rate: 0.9"
    )
    bad = bad.replace("n_estimators: 10", "n_estimators: 200")
    (repository / "params.yaml").write_text(bad, encoding="utf-8")
    git(repository, "commit", "-qam", "Worse settings")
    planted = state(repository)
    worse = retrain(repository)
    assert worse.returncode == 4, worse.stdout + worse.stderr
    assert worse.stderr.startswith(
        "the candidate is refused, worse than checkout by more than `retrain.may_lose` 1: gain"
    )
    assert worse.stderr.count("\n") == 1 and worse.stderr.endswith("Nothing was changed.\n")
    assert state(repository) == planted
    git(repository, "reset", "-q", "--hard", "HEAD~1")

    for seed in range(KILLS):
        killed(repository, random.Random(seed))
        # As its message says. A pipeline that outlived its killed leader works in the clone, never here.
        assert run(repository, "sh", "-ec", MEND).returncode == 0
        assert state(repository) == before
    kept = retrain(repository)
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert "due: `retrain.mode` is monthly, and training ended 35 days ago" in kept.stdout
    assert "not worse than checkout: gain in log loss" in kept.stdout.splitlines()[-1]
    assert read_value(repository, "ingest.end") == "2019-08-04T07:00:00Z"
    review = (repository / "review.md").read_text(encoding="utf-8")
    assert review.startswith("## Beside checkout, on weeks that neither saw") and "## Model review: passes" in review
    assert run(repository, sys.executable, "-m", "dvc", "status").stdout.strip() == "Data and pipelines are up to date."
    again = retrain(repository)
    assert again.returncode == 1
    assert "is not committed" in again.stderr.replace("are not committed", "is not committed")
    assert "is undone by `git checkout . && dvc checkout`" in again.stderr
    git(repository, "commit", "-qam", "Retrain")
    assert retrain(repository).stdout.splitlines()[-1].startswith("not due: ")


def killed(root: Path, chance: random.Random) -> None:
    """Start it, and kill it somewhere: the leader alone, or with its pipeline."""
    process = subprocess.Popen(
        command(root), cwd=root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    # By what it says, so that a busy machine is killed at the same steps as an idle one.
    wanted = chance.choice(("due: ", "features: ", "comparison: fit", "train_each", "review …", "taking it over …"))
    for line in iter(process.stdout.readline, b""):
        if wanted in line.decode():
            break
    time.sleep(chance.uniform(0, 1))
    if chance.random() < 0.5:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
