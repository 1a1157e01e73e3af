"""Promotions and rollbacks of the branch, told to the journal once."""

from pathlib import Path

import pytest

from src.live.journal.reader import JournalReader
from src.live.journal.writer import JournalWriter
from src.live.running.rollouts import Rollout, Rollouts
from src.live.settings import GitSettings
from src.rollout.branch import STAGES_FILE, Identity
from src.rollout.commits import Change, commit, deployments_at
from src.rollout.rollback import rollback
from src.rollout.steps import dump_deployments, promoted
from src.rollout.version import Version
from tests.conftest import environment
from tests.live.runner_world import MARKET
from tests.releases import git
from tests.rollout.machines import ONE, TWO, Machines, make_machines, put

BOT = Identity("judge", "judge@localhost")


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    return make_machines(tmp_path)


class Told:
    """A journal that is told what ``Rollouts`` finds."""

    def __init__(self, root: Path) -> None:
        self.path, self.rollouts = root / ".live/journal.sqlite", Rollouts(root, GitSettings())

    def look(self) -> list[Rollout]:
        with JournalWriter(self.path) as writer:
            writer.claim(MARKET)
            found = self.rollouts.untold(writer.reader)
            with writer.transaction():
                for one in found:
                    writer.add_event(1.0, one.who, one.what, one.why, **one.details)
        return found


def promote(root: Path, version: Version, step: str, left: str, why: str) -> None:
    """With the message of `make promote`, without its gates."""

    def decide(tip):
        contents = {STAGES_FILE: dump_deployments(promoted(deployments_at(tip), version, step)).encode()}
        message = [f"Promote {version} to {step}", "", "Who: me", f"Step: {step} ran {left}, runs {version}"]
        return Change([*message, "Despite: candles (1 of 2)", f"Why: {why}"], "done", contents)

    commit(root, decide)


def test_each_is_told_once_with_who_and_why(machines: Machines) -> None:
    told = Told(machines.first)
    assert told.look() == []
    promote(machines.first, ONE, "paper", "nothing", "Step: it is good; Why: so")
    promote(machines.first, TWO, "paper", "v1.0.0", "better")
    put(machines.first, TWO, "stage-10")
    rollback(machines.first, "paper", "errors: it failed", bad=TWO, identity=BOT)
    first, second, third = told.look()
    assert (first.what, first.step, first.left, first.runs) == ("promotion", "paper", "nothing", "v1.0.0")
    assert first.why == "Step: it is good; Why: so"
    assert (second.version, second.why) == ("v1.1.0", "better")
    assert third[:6] == ("rollback", "judge <judge@localhost>", "errors: it failed", "paper", "v1.1.0", "v1.0.0")
    assert (third.version, third.commit) == ("v1.1.0", git(machines.first, "rev-parse", "rollout"))
    assert told.look() == []
    # Another process, a fresh look.
    assert Told(machines.first).look() == []
    with JournalReader(told.path) as reader:
        assert [event.what for event in reader.events_of("rollback", "promotion")] == [
            "promotion",
            "promotion",
            "rollback",
        ]
        assert reader.first_fault() is None


def test_a_commit_that_is_made_again_on_others_is_told_once(machines: Machines) -> None:
    told = Told(machines.first)
    promote(machines.first, ONE, "paper", "nothing", "first")
    promote(machines.first, TWO, "paper", "v1.0.0", "better")
    assert len(told.look()) == 2
    machines.hide()
    rollback(machines.first, "paper", "errors: it failed", bad=TWO, identity=BOT)
    assert [one.what for one in told.look()] == ["rollback"]
    machines.show()
    promote(machines.second, TWO, "stage-10", "nothing", "on another machine")
    before = git(machines.first, "rev-parse", "rollout")
    rollback(machines.first, "paper", "again", bad=TWO, identity=BOT)
    assert git(machines.first, "rev-parse", "rollout~1") != before
    assert [(one.what, one.step) for one in told.look()] == [("promotion", "stage-10")]
