"""What a journal says of health, by journals that a runner wrote in a world that costs no time."""

from pathlib import Path
from typing import Any

import pytest

from src.live.health.findings import Finding, Level, worst
from src.live.health.journal import journal_findings
from src.live.running.halt import HALT, ask
from src.live.running.versions import Change
from src.live.settings import settings_of
from tests.live.runner_world import FakeVersions, World, running

SETTINGS = settings_of({"journal": {"path": "journal.sqlite"}, "notices": {"overdue": 900}}, "live.yaml")
UP = ["up"] * 5


def lived(root: Path, hours: list[str], versions: Any = None) -> World:
    world = World(hours)
    world.live(root / "journal.sqlite", versions)
    return world


def findings(root: Path, wall: float) -> list[Finding]:
    return list(journal_findings(root, SETTINGS, wall))


def test_all_is_well(tmp_path: Path) -> None:
    world = lived(tmp_path, UP)
    found = findings(tmp_path, world.time)
    assert worst(found) is Level.WELL
    assert [one.name for one in found] == ["journal", "candles", "v1.0.0"]
    assert found[0].sentence == "bitbank BTC/JPY: 5 answers and missed candles, 7 audit events"
    assert found[1].sentence == "the newest closed 2020-01-01T04:00:00+00:00, 1 h ago"
    assert found[2].sentence.startswith("(live, stake 1, proven) said of 2020-01-01T04:00:00+00:00: 0.1")


def test_without_a_journal_nothing_is_well(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, 0.0)
    assert (found.level, found.sentence) == (Level.ILL, "journal.sqlite is missing; start `make live`.")


@pytest.mark.parametrize(("hours", "level"), [(1.2, Level.WELL), (1.3, Level.ILL)])
def test_a_candle_that_is_overdue_is_ill(tmp_path: Path, hours: float, level: Level) -> None:
    """The newest closed at 4:00 and the world ended at 5:00; 900 s may the next one be overdue, and 10 s it settles."""
    world = lived(tmp_path, UP)
    candles = findings(tmp_path, world.time + (hours - 1) * 3600)[1]
    assert candles.level is level
    assert ("is 18 min overdue" in candles.sentence) == (level is Level.ILL)


def test_rows_of_missed_candles_do_not_hide_that_none_comes(tmp_path: Path) -> None:
    world = lived(tmp_path, [*UP, "down", "down", "down", "up"][:-1])
    found = findings(tmp_path, world.time)
    assert found[1].level is Level.ILL
    assert found[-1] == Finding("guard", Level.IDLE, "the newest candle was missed")


def test_a_guard_that_abstains_is_idle(tmp_path: Path) -> None:
    world = lived(tmp_path, ["up", "up", "up", "unlisted", "up"])
    found = findings(tmp_path, world.time)
    assert worst(found) is Level.IDLE
    assert found[-1].name == "guard"
    assert found[-1].sentence.startswith("the guard abstains: ")


def test_a_halt_is_idle_and_says_who_and_why(tmp_path: Path) -> None:
    world = lived(tmp_path, UP)
    ask(tmp_path / "journal.sqlite", HALT, "ann", "it lost money", world.time)
    found = findings(tmp_path, world.time)
    assert worst(found) is Level.IDLE
    assert found[-1].sentence.endswith("(ann): it lost money")


class Broken:
    facts = running().loaded.signal.facts

    def run(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("no such operator")


def test_a_graph_that_fails_is_ill_also_beside_one_that_answers(tmp_path: Path) -> None:
    bad = running("v1.1.0", "paper", 0.0)
    bad.loaded.signal = Broken()  # type: ignore[misc]
    world = lived(tmp_path, UP, FakeVersions(running(), bad))
    found = {one.name: one for one in findings(tmp_path, world.time)}
    assert [found[name].level for name in ("v1.0.0", "v1.1.0")] == [Level.WELL, Level.ILL]
    assert "no such operator" in found["v1.1.0"].sentence


class Refusing(FakeVersions):
    """Refuses a version at its first look, and takes it at its fourth where it is told so."""

    def __init__(self, taken: bool) -> None:
        super().__init__()
        self._looks, self._taken = 0, taken

    def refresh(self) -> Change:
        self._looks += 1
        if self._looks == 4 and self._taken:
            return Change(begun=(running("v1.2.0", "paper", 0.0),))
        return Change(refused={"v1.2.0": "its md5 is wrong."} if self._looks == 1 else {})


@pytest.mark.parametrize("taken", [True, False])
def test_a_version_that_is_refused_is_ill_until_it_runs(tmp_path: Path, taken: bool) -> None:
    world = lived(tmp_path, UP, Refusing(taken))
    found = [one for one in findings(tmp_path, world.time) if one.level is Level.ILL]
    assert found == ([] if taken else [Finding("v1.2.0", Level.ILL, "is refused: its md5 is wrong.")])


def test_what_is_ill_outweighs_what_is_idle() -> None:
    levels = [Level.WELL, Level.IDLE, Level.ILL]
    assert worst(Finding("", level, "") for level in levels) is Level.ILL
    assert worst(Finding("", level, "") for level in levels[:2]) is Level.IDLE
    assert worst([]) is Level.WELL
    assert [int(level) for level in levels] == [0, 3, 1]
