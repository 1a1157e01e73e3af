"""`make stream` as it is typed, in a tree whose short pipeline has run, beside a writer, and killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.core.paths import CANDLES
from src.live.journal.rows import Candle
from src.live.journal.writer import JournalWriter
from tests.conftest import environment, run
from tests.live.journal.test_journal import prediction
from tests.live.runner_world import MARKET

pytestmark = pytest.mark.slow
HOUR = 3600
KILLS = int(os.environ.get("KILLS", "5"))
STUDY = "a study beside the bot; it places no order and changes no version."


def later_candles(tree: Path, count: int) -> list[Candle]:
    """The last candles of training once more, as if they had come after it; of which the first 399 are warm-up."""
    known = pd.read_parquet(tree / CANDLES)
    first = int(known["timestamp"].iloc[-1].timestamp()) + HOUR
    values = known[["open", "high", "low", "close", "volume"]].tail(count).to_numpy().tolist()
    return [Candle(first + HOUR * place, *row) for place, row in enumerate(values)]


def write(tree: Path, candles: list[Candle], but: tuple[int, ...] = (), horizon: int = 1) -> None:
    """Write them to the journal, with answers of v1.0.0 but for the places ``but``, which were missed."""
    with JournalWriter(tree / ".live/journal.sqlite") as writer:
        writer.claim(MARKET)
        with writer.transaction():
            writer.add_candles(candles)
            told = [candle for place, candle in enumerate(candles) if place not in but]
            answers = [prediction(one.opened // HOUR, probability=0.2, horizon=horizon) for one in told]
            writer.add_predictions(0.0, answers)


def stream(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(tree, sys.executable, str(tree / "scripts/ml/stream.py"), *arguments)


def state(tree: Path, name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((tree / f".live/stream/{name}.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.drill
def test_it_answers_what_the_journal_holds_and_stands_beside_the_version(tree: Path) -> None:
    candles = later_candles(tree, 420)
    journal = tree / ".live/journal.sqlite"
    # One candle is missing in the journal, one was not answered.
    holed = candles[:410] + candles[411:]
    write(tree, holed[:415], but=(405,))
    before = journal.read_bytes()
    found = stream(tree, "--once", "--learner", "xgboost-refit")
    assert found.returncode == 0, found.stdout + found.stderr
    lines = found.stdout.splitlines()
    assert lines[0] == f"xgboost-refit: {STUDY}"
    assert lines[1].endswith("begins with the first candle")
    probability = state(tree, "xgboost-refit")["probability"]
    assert isinstance(probability, list)
    assert len(probability) == 415 - 399
    assert f"xgboost-refit says {probability[-1]:.4f}; log loss " in lines[-1]
    # 16 candles, less the newest, the one before the hole and the one that v1.0.0 did not answer.
    assert "of v1.0.0 on the same 13 candles" in lines[-1]
    standing = json.loads((tree / ".live/stream/xgboost-refit.standing.json").read_text(encoding="utf-8"))
    assert (standing["rows"], standing["version"]) == (13, "v1.0.0")
    assert journal.read_bytes() == before

    write(tree, holed[415:])
    again = stream(tree, "--once", "--learner", "xgboost-refit")
    assert "goes on after 16 candles" in again.stdout
    on = state(tree, "xgboost-refit")
    (tree / ".live/stream/xgboost-refit.json").unlink()
    assert stream(tree, "--once", "--learner", "xgboost-refit").returncode == 0
    assert state(tree, "xgboost-refit") == on
    assert not run(tree, "git", "status", "--porcelain").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "holds no predictions yet; run `make live`."),
        (("other target",), "v1.0.0 predicts another target (horizon 4, threshold 0.003) than the one of params.yaml"),
        (("--learner", "forest"), "there is no learner forest; the learners are"),
        (("--version", "v9.9.9"), "holds no prediction of v9.9.9; it holds v1.0.0"),
        (("few",), "399 candles are fewer than the 400 of the warm-up; give at least 400."),
    ],
)
def test_what_is_missing_is_one_sentence(tree: Path, arguments: tuple[str, ...], sentence: str) -> None:
    few, other = arguments == ("few",), arguments == ("other target",)
    if arguments:
        write(tree, later_candles(tree, 399 if few else 410), horizon=4 if other else 1)
    found = stream(tree, "--once", *(() if few or other else arguments))
    assert found.returncode == 1
    assert sentence in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tree / ".live/stream").exists()


def test_an_unknown_learner_is_refused_before_a_journal_is_looked_for(tree: Path) -> None:
    found = stream(tree, "--learner", "forest")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("error: there is no learner forest; the learners are lightgbm-continued, ")


@pytest.mark.drill
def test_a_kill_at_any_moment_changes_nothing_of_what_it_says(tree: Path) -> None:
    chance = random.Random(5)
    candles = later_candles(tree, 1100)
    parts = [list(part) for part in np.array_split(np.arange(500, len(candles)), KILLS)]
    write(tree, candles[:500])
    command = [sys.executable, str(tree / "scripts/ml/stream.py"), "--every", "0.1", "--learner", "lightgbm-last-trees"]
    told: list[float] = []
    for part in parts:
        process = subprocess.Popen(command, cwd=tree, env=environment(), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 3.0))
        write(tree, [candles[place] for place in part])
        time.sleep(chance.uniform(0.0, 6.0))
        process.kill()
        assert process.wait() == -signal.SIGKILL
        if (tree / ".live/stream/lightgbm-last-trees.json").exists():
            now = state(tree, "lightgbm-last-trees")["probability"]
            assert isinstance(now, list)
            assert now[: len(told)] == told, "what was said was changed"
            told = now
    process = subprocess.Popen(command, cwd=tree, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert any("says" in line and "log loss" in line for line in iter(process.stdout.readline, ""))
    process.terminate()
    assert "stopped; the same command goes on where it was." in process.stdout.read()
    assert process.wait(timeout=60) == 0
    killed = state(tree, "lightgbm-last-trees")
    assert len(killed["probability"]) == 1100 - 399  # type: ignore[arg-type]
    (tree / ".live/stream/lightgbm-last-trees.json").unlink()
    once = stream(tree, "--once", "--learner", "lightgbm-last-trees")
    assert once.returncode == 0, once.stdout + once.stderr
    assert state(tree, "lightgbm-last-trees") == killed
