"""What the journal tells people, in a world that costs no time."""

from pathlib import Path
from typing import Any

import pytest

from src.live.journal.reader import JournalReader
from src.live.journal.writer import JournalWriter
from src.live.running.halt import HALT, RESUME, ask
from src.live.running.versions import Change
from src.live.settings import settings_of
from src.live.telling.watcher import Watcher, watched
from src.notices.notices import Notices
from src.notices.queue import Queue, notices_file
from tests.live.runner_world import FakeVersions, World
from tests.live.windows import HOUR, MIDNIGHT

SETTINGS = settings_of({"notices": {"abstained": 3, "overdue": 900, "daily": 9}}, "live.yaml")


class WatchedWorld(World):
    """Somebody looks at the journal whenever the runner waits; every ``restarts``-th look is by a new process."""

    def __init__(self, hours: list[str], journal: Path, restarts: int = 10**9) -> None:
        super().__init__(hours)
        self.journal, self._restarts, self._looks = journal, restarts, 0
        self.watcher = self._made()

    def _made(self) -> Watcher:
        path = notices_file(self.journal)
        notices = Notices(path, clock=lambda: self.time)
        clocks = (lambda: self.time, lambda: self.time)
        return Watcher(JournalReader(self.journal), SETTINGS, notices, Queue(path), *clocks)

    def wait(self, seconds: float) -> None:
        self._looks += 1
        if self._looks % self._restarts == 0:
            self.watcher = self._made()
        self.watcher.look()
        super().wait(seconds)

    def told(self, but: tuple[str, ...] = ("daily",)) -> list[tuple[str, str, int]]:
        """Each notice: its event, its text, and the hour of the schedule in which it was told."""
        notices = Queue(notices_file(self.journal)).waiting("nobody yet", 0.0)
        return [(one.event, one.text, int((one.made_at - MIDNIGHT) // HOUR)) for one in notices if one.event not in but]


def lived(tmp_path: Path, hours: list[str], **world: Any) -> WatchedWorld:
    found = WatchedWorld(hours, tmp_path / "journal.sqlite", **world)
    found.live(found.journal)
    return found


@pytest.mark.parametrize("restarts", [10**9, 7, 1])
def test_an_exchange_that_is_down_is_told_once_and_when_it_is_back(tmp_path: Path, restarts: int) -> None:
    here = lived(tmp_path, ["up"] * 3 + ["down"] * 4 + ["up"] * 2, restarts=restarts)
    assert here.told() == [
        (
            "stale",
            "Stale candles: the newest candle of BTC/JPY closed 1 h 16 min ago, which is 15 min too long: the log of "
            "`make live` says what the exchange answers",
            3,
        ),
        ("fresh", "Candles are back: the newest candle of BTC/JPY closed 10 s ago", 7),
    ]


def test_a_short_outage_is_not_told(tmp_path: Path) -> None:
    assert lived(tmp_path, ["up", "up", "jump", "up"]).told() == []


@pytest.mark.parametrize("restarts", [10**9, 7, 1])
def test_a_version_that_abstains_for_long_is_told_once_and_when_it_answers(tmp_path: Path, restarts: int) -> None:
    """The guard abstains for 3 hours after a missing candle."""
    here = lived(tmp_path, ["up"] * 3 + ["unlisted"] + ["up"] * 6, restarts=restarts)
    (event, text, hour), (after, again, later) = here.told(("daily", "stale", "fresh"))
    assert (event, hour, after, later) == ("abstaining", 6, "answering", 7)
    assert text.startswith("No answer: v1.0.0 abstained for 3 candles in a row: ")
    assert again == "Answers again: v1.0.0, after 3 candles without one"


def test_missed_candles_are_no_abstentions(tmp_path: Path) -> None:
    here = lived(tmp_path, ["up"] * 3 + ["dead"] * 4 + ["up"] * 3)
    assert [event for event, _, _ in here.told(("daily", "stale", "fresh"))] == []
    assert sum(row.decision == "missed" for row in JournalReader(here.journal).predictions()) == 4


def test_halts_and_refusals_are_told(tmp_path: Path) -> None:
    class Refusing(FakeVersions):
        def refresh(self) -> Change:
            refused, self.refused = getattr(self, "refused", {"v1.2.0": "its md5 is wrong."}), {}
            return Change(refused=refused)

    here = WatchedWorld(["up"] * 2, tmp_path / "journal.sqlite")
    here.watcher.look()
    ask(here.journal, HALT, "ann", "it lost\u2028money?".replace("\u2028", " "), here.time)
    ask(here.journal, RESUME, "bob", "no", here.time)
    here.live(here.journal, Refusing())
    assert [text for _, text, _ in here.told()] == [
        "Halt by ann: every answer has stake 0: it lost money?",
        "Resumed by bob: answers have their stakes again: no",
        "Refused: v1.2.0 is not loaded: its md5 is wrong.",
    ]


def test_promotions_and_rollbacks_are_told_unless_they_are_old(tmp_path: Path) -> None:
    """As the runner writes them, whoever made the commit."""
    here = WatchedWorld(["up"], tmp_path / "journal.sqlite")
    here.watcher.look()
    with JournalWriter(here.journal) as writer:
        for what, left, runs, days in (
            ("promotion", "nothing", "v1.0.0", 2),
            ("promotion", "v1.0.0", "v1.1.0", 0),
            ("rollback", "v1.1.0", "v1.0.0", 0),
        ):
            authored = here.time - days * 86_400
            version = left if what == "rollback" else runs
            details = {"step": "paper", "version": version, "left": left, "runs": runs, "authored": authored}
            with writer.transaction():
                writer.add_event(here.time, "ann <a@b>", what, "it is so", **details)
    here.watcher.look()
    here.watcher.look()
    assert [text for _, text, _ in here.told()] == [
        "Promotion: paper runs v1.1.0, before it v1.0.0: it is so",
        "Rollback: paper went back from v1.1.0 to v1.0.0: it is so",
    ]


def test_what_happened_before_there_was_anybody_to_tell_is_old(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    ask(journal, HALT, "ann", "a", 0.0)
    World(["up"] * 2 + ["unlisted"] + ["up"] * 4).live(journal)
    here = WatchedWorld(["up"] * 7, journal)
    here.watcher.look()
    assert here.told() == []


def test_the_day_is_summed_up_once(tmp_path: Path) -> None:
    """At 9:00, or later where no process was there then."""
    hours = ["up"] * 13 + ["unlisted"] + ["up"] * 18 + ["dead"] * 3 + ["up"] * 26
    here = lived(tmp_path, hours, restarts=5)
    (_, first, _), (event, text, hour), (_, second, next_hour) = here.told(
        ("abstaining", "answering", "stale", "fresh")
    )
    assert "answered 10 of 10 candles" in first
    assert (event, hour, next_hour) == ("daily", 35, 57)
    # Candles opened from 9:00 on day one to 8:00 on day two: 24. One is never listed, two are dead, three abstain.
    assert text.startswith(
        "Daily summary, 2020-01-01 09:00 UTC and 24 h on: v1.0.0 (live, stake 1) answered 18 of 24 candles, "
    )
    assert "abstained 3, missed 3, Brier 0." in text
    assert "1 starts" in text
    assert second.startswith(
        "Daily summary, 2020-01-02 09:00 UTC and 24 h on: v1.0.0 (live, stake 1) answered 23 of 24 candles"
    )


def test_a_journal_that_cannot_be_read_is_said_once(tmp_path: Path) -> None:
    here = WatchedWorld(["up"], tmp_path / "journal.sqlite")
    here.journal.write_bytes(b"no database at all" * 100)
    look = watched(here.watcher, here.said.append)
    look()
    look()
    assert len(here.said) == 1
    assert here.said[0].startswith("notices: ")


def test_a_rollback_and_a_promotion_of_the_audit_log_are_told_once(tmp_path: Path) -> None:
    here = lived(tmp_path, ["up"] * 2)
    details = {"step": "paper", "version": "v1.1.0", "left": "v1.1.0", "runs": "v1.0.0", "authored": here.time}
    with JournalWriter(here.journal) as writer, writer.transaction():
        writer.add_event(here.time, "judge <j@x>", "rollback", "errors: it failed", **details)
        writer.add_event(
            here.time, "me <m@x>", "promotion", "mended", **details | {"left": "nothing", "runs": "v1.1.0"}
        )
    for _ in range(2):
        here.watcher.look()
    assert [text for _, text, _ in here.told()] == [
        "Rollback: paper went back from v1.1.0 to v1.0.0: errors: it failed",
        "Promotion: paper runs v1.1.0, before it nothing: mended",
    ]
