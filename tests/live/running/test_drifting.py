"""The verdict of drift in the rows of a candle: which version it takes trading from, and what is told."""

from pathlib import Path
from typing import Any

import pytest

from src.live.drift_verdict import FILE
from src.live.journal.reader import JournalReader
from src.live.journal.rows import Prediction
from src.live.journal.writer import JournalWriter
from src.live.running.drifting import DAY, Drifting
from src.live.running.runner import Runner
from src.live.running.versions import Running
from src.live.settings import DriftSettings
from tests.live.journal.test_journal import prediction
from tests.live.runner_world import MARKET, SETTINGS, FakeVersions, World, running
from tests.live.verdicts import write_verdict
from tests.live.windows import FACTS, MIDNIGHT

VERSIONS = (running("v1.0.0"), running("v1.1.0", "paper", 0.0))
LAST = "2020-01-01T00:00:00+00:00"
NOW = 1_577_836_800 + 3600.0
REASON = "drift: drift since training in the inputs returns"


def ready_rows() -> list[Prediction]:
    return [prediction(1, one.version, trading_ready=True, trading_reason="earned") for one in VERSIONS]


class Told:
    """Rows under a verdict, and what was said."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.said: list[str] = []
        self._drifting = Drifting(root, DriftSettings(**settings), self.said.append)

    def ready(self, now: float = NOW, versions: tuple[Running, ...] = VERSIONS) -> dict[str, tuple[bool, str]]:
        rows = self._drifting.applied(ready_rows(), versions, now)
        return {row.version: (row.trading_ready, row.trading_reason) for row in rows}


READY = {"v1.0.0": (True, "earned"), "v1.1.0": (True, "earned")}


def verdict(root: Path, version: str = "v1.0.0", until: str = FACTS.trained_until, **other: Any) -> None:
    write_verdict(root, version, until, LAST, **other)


@pytest.mark.parametrize(
    ("setting", "losses", "obeyed"),
    [
        ("never", True, False), ("never", False, False),
        ("losses", True, True), ("losses", False, False),
        ("any", True, True), ("any", False, True),
    ],
)  # fmt: skip
def test_the_setting_says_which_drift_counts(tmp_path: Path, setting: str, losses: bool, obeyed: bool) -> None:
    verdict(tmp_path, outcomes={"alarm": 7 if losses else None})
    told = Told(tmp_path, not_ready=setting)
    assert told.ready() == READY | ({"v1.0.0": (False, REASON)} if obeyed else {})
    assert told.ready() and len(told.said) == 1
    assert told.said[0].startswith(f"drift: v1.0.0: {REASON.removeprefix('drift: ')}; ")
    assert ("not ready for trading" in told.said[0]) is obeyed


def test_by_default_losses_count_and_inputs_do_not(tmp_path: Path) -> None:
    verdict(tmp_path)
    assert Told(tmp_path).ready() == READY
    verdict(tmp_path, outcomes={"alarm": 0})
    assert Told(tmp_path).ready()["v1.0.0"] == (False, REASON)


def test_no_drift_changes_nothing_and_is_told(tmp_path: Path) -> None:
    verdict(tmp_path, drifted=False, sentence="no drift in 800 candles since training")
    told = Told(tmp_path, not_ready="any")
    assert told.ready() == READY
    assert told.said == ["drift: no drift in 800 candles since training"]


@pytest.mark.parametrize(
    ("version", "until", "now", "sentence"),
    [
        ("v9.0.0", FACTS.trained_until, NOW, "about v9.0.0, which does not run here"),
        ("checkout", FACTS.trained_until, NOW, "about checkout, which does not run here"),
        ("v1.0.0", "2019-11-01T00:00:00+00:00", NOW, "trained until 2019-11-01T00:00:00+00:00, not until 2019-12-01"),
        ("v1.0.0", FACTS.trained_until, NOW - 3600 + 7 * DAY + 1, "is stale: its newest candle opened at 2020-01-01"),
    ],
)
def test_a_verdict_about_something_else_is_told_once_and_changes_nothing(
    tmp_path: Path, version: str, until: str, now: float, sentence: str
) -> None:
    verdict(tmp_path, version, until)
    told = Told(tmp_path, not_ready="any")
    assert told.ready(now) == told.ready(now) == READY
    (said,) = told.said
    assert sentence in said


def test_missing_damaged_and_good_again_are_told_once_each(tmp_path: Path) -> None:
    told = Told(tmp_path, not_ready="any")
    assert told.ready() == told.ready() == READY
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text("{")
    assert told.ready() == told.ready() == READY
    # The same moment, written in another zone.
    verdict(tmp_path, until="2019-12-01T09:00:00+09:00")
    assert told.ready(NOW - 3600 + 7 * DAY)["v1.0.0"] == (False, REASON)
    (tmp_path / FILE).unlink()
    assert told.ready() == READY
    starts = ("drift: no verdict here", "drift: ", "drift: v1.0.0", "drift: no verdict here")
    assert len(told.said) == 4
    assert all(said.startswith(start) for said, start in zip(told.said, starts, strict=True))
    assert "cannot be read" in told.said[1]


def test_the_runner_writes_it_into_the_journal(tmp_path: Path) -> None:
    world, journal = World(["up", "up"]), tmp_path / "journal.sqlite"
    one = running()
    one.loaded.trading_ready = True
    verdict(tmp_path, outcomes={"alarm": 1})
    drifting = Drifting(tmp_path, DriftSettings(), world.said.append)
    with JournalWriter(journal) as writer:
        writer.claim(MARKET)
        given: Any = FakeVersions(one)
        Runner(writer, given, world, SETTINGS, world, world.said.append, drifted=drifting.applied).run()
    with JournalReader(journal) as reader:
        (row,) = reader.newest()
    assert (row.trading_ready, row.trading_reason) == (False, REASON)
    assert row.probability is not None
    assert row.opened >= MIDNIGHT - 3600
