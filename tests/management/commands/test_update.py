"""`make update`: the end moves to the exchange's last closed candle, the pipeline runs, the metrics diff is shown."""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from src.core.errors import UserError
from src.core.params import read_value
from src.core.paths import CANDLE_REPORT
from src.management import rerun
from src.management.commands import update as module
from src.management.commands.update import update
from src.retraining import due
from tests.candles.exchange.bitbank_server import bitbank
from tests.candles.exchange.bitbank_server import status as answer
from tests.conftest import ROOT, run
from tests.releases import git
from tests.stages.ingest_params import exchange_of, set_ingest

END = datetime(2019, 6, 30, 7, tzinfo=UTC)
DAYS = 60


def make_update(root: Path):
    return run(root, sys.executable, str(root / "scripts/data/update.py"))


@pytest.mark.drill
def test_the_end_moves_and_everything_follows(tree: Path, snapshot: pd.DataFrame) -> None:
    near = snapshot["timestamp"].between(pd.Timestamp(END - timedelta(days=70)), pd.Timestamp(END + timedelta(days=3)))
    with bitbank(snapshot[near], now=END + timedelta(minutes=30)) as server:
        set_ingest(tree, source="exchange", days=DAYS, end=None, exchange=exchange_of(server.url))
        first = make_update(tree)
        assert first.returncode == 0, first.stderr
        assert "`ingest.end`: None → 2019-06-30T07:00:00Z" in first.stdout
        assert "reports/metrics/ensemble.json" in first.stdout
        assert json.loads((tree / CANDLE_REPORT).read_text())["last_close"] == "2019-06-30T07:00:00+00:00"
        again = make_update(tree)
        assert "up to date: `ingest.end` is the last closed candle" in again.stdout
        server.now = END + timedelta(days=1, minutes=1)
        server.faults[f"{END + timedelta(days=1):%Y%m%d}"] = [answer(500)] * 6
        before = (tree / "params.yaml").read_bytes(), (tree / CANDLE_REPORT).read_bytes()
        failed = make_update(tree)
        assert failed.returncode == 1
        assert "HTTP 500" in failed.stderr
        assert failed.stderr.strip().splitlines()[-1].startswith("error: the pipeline failed")
        assert ((tree / "params.yaml").read_bytes(), (tree / CANDLE_REPORT).read_bytes()) == before


def test_a_source_without_news_is_told() -> None:
    with pytest.raises(UserError, match="`ingest.source` is snapshot, but only an exchange has newer candles"):
        update(ROOT)


@pytest.fixture
def tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that an update below ``tmp_path`` runs; the exchange's last closed candle is that of END."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    # `ingest.path` must be there, whatever the source.
    path = tmp_path / read_value(ROOT, "ingest.path")
    path.parent.mkdir(parents=True)
    path.touch()
    set_ingest(tmp_path, source="exchange", days=DAYS, end="2019-06-30T06:00:00Z")
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(due, "last_closed", lambda *_: END)
    for place in (module, rerun):
        monkeypatch.setattr(place, "run", lambda _, *command: commands.append(command) or 0)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "params.yaml")
    return commands


def test_the_pipeline_runs_once_for_a_new_end(tmp_path: Path, tracked: list[tuple[str, ...]]) -> None:
    update(tmp_path)
    assert [command[-1] for command in tracked] == ["repro", "--md"]
    assert 'end: "2019-06-30T07:00:00Z"' in (tmp_path / "params.yaml").read_text()
    update(tmp_path)
    assert len(tracked) == 2
