"""The stage ingest as DVC runs it: a source that is missing leaves everything as it was."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.core.files import write_bytes
from src.core.paths import CANDLE_CACHE, CANDLE_REPORT, CANDLES
from src.core.stage import run_stage
from src.snapshot.build import csv_text
from src.stages import ingest as stage
from tests.candles.exchange.bitbank_server import BitbankServer, bitbank
from tests.candles.exchange.scenarios import expected
from tests.conftest import ROOT, environment, make_candles, run
from tests.stages.ingest_params import exchange_of, set_ingest

END = datetime(2019, 6, 30, 7, tzinfo=UTC)
DAYS = 60


def ingest(root: Path) -> subprocess.CompletedProcess[str]:
    return run(root, sys.executable, "-m", "src.stages.ingest")


def outs(root: Path) -> tuple[bytes, bytes]:
    return (root / CANDLES).read_bytes(), (root / CANDLE_REPORT).read_bytes()


@pytest.fixture
def server(snapshot: pd.DataFrame) -> Iterator[BitbankServer]:
    near = snapshot["timestamp"].between(pd.Timestamp(END - timedelta(days=70)), pd.Timestamp(END + timedelta(days=1)))
    with bitbank(snapshot[near], now=END + timedelta(minutes=30)) as server:
        yield server


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source": "csv", "path": "nowhere.csv"}, "nowhere.csv does not exist; set `ingest.path`"),
        ({"source": "csv", "path": "broken.csv"}, "close is outside [low, high] in 1 of 12 rows"),
        ({"source": "csv", "files": [{"path": "broken.csv", "sha256": "0" * 64}]}, "broken.csv has sha256"),
        ({"source": "csv", "files": [{"path": "http://127.0.0.1:9/a.csv", "sha256": "0" * 64}]}, "cannot be fetched"),
        ({"source": "snapshot", "path": "broken.csv"}, "has no provenance file"),
        (
            {
                "source": "exchange",
                "days": 30,
                "end": "2019-06-30T00:00:00Z",
                "exchange": exchange_of("http://127.0.0.1:9"),
            },
            "bitbank did not give its markets in 6 attempts",
        ),
        ({"source": "exchange", "days": 30, "end": None}, "source exchange needs `ingest.end`"),
    ],
)
def test_what_cannot_be_had_is_one_sentence_and_no_substitute(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    sentence: str,
) -> None:
    broken = make_candles([100.0 + hour for hour in range(12)])
    broken.loc[5, "close"] = 200.0
    (tmp_path / "broken.csv").write_text(csv_text(broken))
    shutil.copy(ROOT / "params.yaml", tmp_path)
    set_ingest(tmp_path, **changes)
    for path in (CANDLES, CANDLE_REPORT):
        write_bytes(tmp_path / path, b"what was there")
    monkeypatch.setattr(stage, "ROOT", tmp_path)
    with pytest.raises(SystemExit) as ended:
        run_stage(stage.main)
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert outs(tmp_path) == (b"what was there", b"what was there")
    assert not list((tmp_path / CANDLES.parent).glob(".*"))


def test_a_failed_dvc_repro_keeps_the_old_candles(tree: Path) -> None:
    before = outs(tree)
    (tree / "broken.csv").write_text("timestamp,open,high,low,close,volume\n2020-01-01T00:00:00Z,1,1,1,5,1\n")
    set_ingest(tree, source="csv", path="broken.csv")
    result = run(tree, sys.executable, "-m", "dvc", "repro", "ingest")
    assert result.returncode != 0
    assert "close is outside [low, high]" in result.stderr
    assert outs(tree) == before


def test_an_exchange_fetch_keeps_its_pages_outside_the_outs(
    tree: Path, server: BitbankServer, snapshot: pd.DataFrame
) -> None:
    set_ingest(tree, source="exchange", days=DAYS, end=END.isoformat(), exchange=exchange_of(server.url))
    result = ingest(tree)
    assert result.returncode == 0, result.stderr
    assert f"bitbank BTC/JPY: {DAYS + 1} of {DAYS + 1} pages" in result.stdout
    assert_frame_equal(pd.read_parquet(tree / CANDLES), expected(snapshot, END, DAYS))
    report = json.loads((tree / CANDLE_REPORT).read_text())
    assert (report["source"], report["rows"], report["inputs"]["count"]) == (
        "exchange",
        len(expected(snapshot, END, DAYS)),
        DAYS + 1,
    )
    first = outs(tree)
    asked = len(server.requests)
    assert ingest(tree).returncode == 0
    assert outs(tree) == first
    assert len(server.requests) == asked
    assert list((tree / CANDLE_CACHE).rglob("*.json"))
    assert CANDLE_CACHE.parts[0] not in run(tree, "git", "status", "--porcelain").stdout


def test_a_stage_killed_in_mid_fetch_leaves_the_old_candles_and_goes_on(
    tree: Path, server: BitbankServer, snapshot: pd.DataFrame
) -> None:
    before = outs(tree)
    slow = exchange_of(server.url, rateLimit=20)
    set_ingest(tree, source="exchange", days=DAYS, end=END.isoformat(), exchange=slow)
    child = subprocess.Popen([sys.executable, "-m", "src.stages.ingest"], cwd=tree, env=environment())
    while len(server.requests) < 12 and child.poll() is None:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert outs(tree) == before
    kept = len(list((tree / CANDLE_CACHE).rglob("*.json")))
    assert 0 < kept <= DAYS
    server.requests.clear()
    assert ingest(tree).returncode == 0
    assert_frame_equal(pd.read_parquet(tree / CANDLES), expected(snapshot, END, DAYS))
    assert len(server.requests) == 1 + DAYS + 1 - kept
