"""`make drift` as it is typed, in a tree whose short pipeline has run."""

import json
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.core.paths import CANDLES
from src.live.journal.rows import Candle
from src.live.journal.writer import JournalWriter
from src.notices.queue import notices_file
from tests.conftest import dev_check, run
from tests.live.journal.test_journal import prediction
from tests.live.runner_world import MARKET

LATER = 1100  # candles, of which 399 are warm-up
HOUR = pd.Timedelta(hours=1)


@pytest.fixture
def later(tree: Path) -> pd.DataFrame:
    """The last candles of training once more, as if they had come after it."""
    settings = tree / "deploy/live.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("\n  rows: 720", "\n  rows: 100"))
    known = pd.read_parquet(tree / CANDLES)
    again = known.tail(LATER).reset_index(drop=True)
    again["timestamp"] = known["timestamp"].iloc[-1] + HOUR * (1 + np.arange(LATER))
    return again


def drift(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return dev_check(tree, "drift", *arguments)


@pytest.mark.drill
def test_the_same_market_has_not_drifted_and_a_wilder_one_has(tree: Path, later: pd.DataFrame) -> None:
    later.to_csv(tree / "later.csv", index=False)
    calm = drift(tree, "--candles", "later.csv")
    assert calm.returncode == 0, calm.stdout + calm.stderr
    assert "no drift in 701 candles since training" in calm.stdout
    verdict = json.loads((tree / ".live/drift.json").read_text(encoding="utf-8"))
    assert verdict["drifted"] is False
    assert verdict["rows"] == 701
    assert verdict["version"] == "checkout"
    first = (tree / ".live/drift.json").read_bytes()
    assert drift(tree, "--candles", "later.csv").returncode == 0
    assert (tree / ".live/drift.json").read_bytes() == first

    prices = ["open", "high", "low", "close"]
    wild = later.copy()
    wild[prices] = np.exp(np.log(later["close"].iloc[0]) + 8 * np.log(later[prices] / later["close"].iloc[0]))
    wild.to_csv(tree / "wild.csv", index=False)
    loud = drift(tree, "--candles", "wild.csv")
    assert loud.returncode == 4, loud.stdout + loud.stderr
    assert "drift since training in the inputs" in loud.stdout
    assert "|returns_1|" in loud.stdout
    page = (tree / ".live/drift.html").read_text(encoding="utf-8")
    assert "drift since training in the inputs" in page
    assert "http" not in page
    assert not run(tree, "git", "status", "--porcelain", ".live").stdout


def test_the_journal_is_judged_by_what_a_version_said(tree: Path, later: pd.DataFrame) -> None:
    with JournalWriter(tree / ".live/journal.sqlite") as writer:
        writer.claim(MARKET)
        with writer.transaction():
            opened = (later["timestamp"].astype("int64") // 1_000_000).tolist()
            rows = later[["open", "high", "low", "close", "volume"]].to_numpy().tolist()
            writer.add_candles([Candle(moment, *values) for moment, values in zip(opened, rows, strict=True)])
            answers = [prediction(moment // 3600, probability=0.9) for moment in opened]
            writer.add_predictions(0.0, answers)
    found = drift(tree)
    assert found.returncode == 4, found.stdout + found.stderr
    verdict = json.loads((tree / ".live/drift.json").read_text(encoding="utf-8"))
    assert verdict["version"] == "v1.0.0"
    assert not verdict["inputs"]["drifted"]
    assert drift(tree).returncode == 4
    queue = sqlite3.connect(notices_file(tree / ".live/journal.sqlite"))
    told = [text for (text,) in queue.execute("SELECT text FROM notices WHERE event = 'drift'")]
    assert len(told) == 1
    assert told[0].startswith("Drift: v1.0.0: drift since training in the losses")
    assert verdict["outcomes"]["alarm"] is not None
    assert verdict["outcomes"]["rows"] == 700
    other = drift(tree, "--version", "v9.9.9")
    assert other.returncode == 1
    assert "holds no prediction of v9.9.9; it holds v1.0.0" in other.stderr


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (399, "few.csv: 399 candles are fewer than the 400 of the warm-up; give at least 400."),
        (450, "holds 51 candles with features since training ended"),
    ],
)
def test_too_few_candles_are_one_sentence(tree: Path, later: pd.DataFrame, kept: int, sentence: str) -> None:
    later.head(kept).to_csv(tree / "few.csv", index=False)
    found = drift(tree, "--candles", "few.csv")
    assert found.returncode == 1
    assert sentence in found.stderr
    assert "Traceback" not in found.stderr
    assert not (tree / ".live/drift.json").exists()


def test_without_a_journal_it_says_what_to_do(tree: Path) -> None:
    found = drift(tree)
    assert found.returncode == 1
    assert "holds no predictions yet; run `make live`, or name a file with CANDLES=" in found.stderr


def test_a_version_and_a_file_do_not_fit(tree: Path, later: pd.DataFrame) -> None:
    later.to_csv(tree / "later.csv", index=False)
    found = drift(tree, "--candles", "later.csv", "--version", "v1.0.0")
    assert found.returncode == 1
    assert "VERSION is for the journal; the candles of a file are answered by the checkout's own" in found.stderr
    assert not (tree / ".live/drift.json").exists()
