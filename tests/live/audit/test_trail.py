"""`make audit`: heads in git show what a chain alone cannot, and every answer has somebody behind it."""

import sqlite3
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.live.audit.heads import DAY, commit_head, head_lines, heads_at
from src.live.audit.trail import Trail, audit
from src.live.journal.audit import chained
from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED
from src.live.journal.writer import JournalWriter
from src.live.settings import LiveSettings, settings_of
from src.rollout.branch import HEADS_FILE, read_tip
from src.rollout.rollback import rollback
from tests.conftest import environment
from tests.live.journal.test_journal import prediction
from tests.live.runner_world import MARKET
from tests.releases import git
from tests.rollout.machines import ONE, TESTER, TWO, Machines, log, make_machines, put

SETTINGS: LiveSettings = settings_of({}, "live.yaml")


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    made = make_machines(tmp_path)
    write(made.first, 0.0)
    put(made.first, ONE, "paper")
    return made


def journal(root: Path) -> Path:
    return root / SETTINGS.journal.path


def write(root: Path, begun: float) -> None:
    """Events 1 to 5: start, loaded, answers of two candles, a refused load, a missed candle."""
    with JournalWriter(journal(root)) as writer:
        writer.claim(MARKET)
        for step in (
            lambda: writer.add_event(begun + 1, "runner", "start"),
            lambda: writer.add_event(begun + 2, "runner", "loaded", version="v1.0.0", step="live", share=1.0),
            lambda: writer.add_predictions(begun + 3, [prediction(1), prediction(2, probability=None)]),
            lambda: writer.add_event(begun + 4, "runner", "refused", "it was altered", version="v1.1.0"),
            lambda: writer.add_predictions(
                begun + 5, [prediction(3, probability=None, reason=MISSED, decision=MISSED, share=0.0)]
            ),
        ):
            with writer.transaction():
                step()


def add(root: Path, at: float) -> None:
    with JournalWriter(journal(root)) as writer, writer.transaction():
        writer.add_event(at, "trader", "halt", "it lost money")


def change(root: Path, *statements: str) -> Trail:
    """What is told after somebody changed the file."""
    connection = sqlite3.connect(journal(root))
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return audit(root, SETTINGS)


def keep(root: Path) -> str:
    with JournalReader(journal(root)) as reader:
        return str(commit_head(root, "origin", reader, TESTER))


def test_who_what_when_and_why_of_everything(machines: Machines) -> None:
    put(machines.first, TWO, "paper")
    rollback(machines.first, "paper", "it lost money", bad=TWO, lines=head_lines(journal(machines.first)))
    found = audit(machines.first, SETTINGS)
    assert found.faults == ()
    assert found.proven == (
        "5 events and 3 predictions are as they were written",
        "git holds 1 heads of this journal, the newest of event 5: nothing was cut",
    )
    texts = [entry.partition(" ")[2] for entry in found.entries]
    assert texts[:3] == [
        "runner: start , event 1",
        "runner: loaded share 1.0, step live, version v1.0.0, event 2",
        "runner: refused version v1.1.0: it was altered, event 4",
    ]
    assert texts[3] == (
        f"v1.0.0 (live, stake 1, graph md5 {'0' * 32}, proven) answered 1 candles, abstained 1, missed 1, opened "
        "1970-01-01T01:00:00+00:00 to 1970-01-01T03:00:00+00:00; loaded by event 2"
    )
    told = "Roll back paper to v1.0.0 (Step: paper ran v1.1.0, runs v1.0.0; Why: it lost money)"
    assert any(f"tester <tester@example.org>: {told}" in text for text in texts)


def test_a_journal_that_was_cut_or_made_again_is_named_by_its_head(machines: Machines) -> None:
    assert keep(machines.first).startswith("kept the audit head of event 5")
    add(machines.first, 6.0)
    assert audit(machines.first, SETTINGS).faults == ()
    cut = ("DELETE FROM predictions WHERE event > 4", "DELETE FROM events WHERE number > 4")
    assert change(machines.first, *cut).faults == (
        "the journal was cut: its last event is 4, and git holds the head of event 5; events 5 to 5 at least are gone.",
    )
    # Somebody who knows the chain makes other events in their place.
    with JournalReader(journal(machines.first)) as reader:
        before = reader.events_after(0)[-1].hash
    forged = chained(5, 5.0, "runner", "stop", "", {}, before)
    values = (forged.number, forged.made_at, forged.who, forged.what, forged.why, forged.details, before, forged.hash)
    connection = sqlite3.connect(journal(machines.first))
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    (fault,) = audit(machines.first, SETTINGS).faults
    assert fault.startswith("event 5 is not the one whose head git holds (")


def test_the_chain_s_own_faults_are_told(machines: Machines) -> None:
    found = change(machines.first, "UPDATE predictions SET probability = 0.9 WHERE number = 1")
    assert found.faults == ("a prediction that event 3 wrote (candles opened 3600 to 7200) was altered.",)


def test_a_journal_that_was_replaced(machines: Machines) -> None:
    assert audit(machines.first, SETTINGS).proven[1].startswith("git holds no head of this journal yet")
    keep(machines.first)
    for path in journal(machines.first).parent.glob("journal*"):
        path.unlink()
    with pytest.raises(UserError, match="there is no journal .* yet; `make live` begins it"):
        audit(machines.first, SETTINGS)
    write(machines.first, 100.0)
    (fault,) = audit(machines.first, SETTINGS).faults
    assert "it was replaced, or is new and no head of it was committed yet" in fault


def test_a_head_a_day_published_once(machines: Machines) -> None:
    keep(machines.first)
    add(machines.first, DAY + 4.0)
    assert keep(machines.first) == "the audit head of today is in git already"
    add(machines.first, DAY + 5.0)
    assert keep(machines.first).startswith("kept the audit head of event 7")
    assert log(machines.server)[:2] == ["Keep audit head 7", "Keep audit head 5"]
    assert [head.number for head in heads_at(read_tip(machines.first, "origin"))] == [5, 7]
    machines.hide()
    assert "the heads are those known here" in audit(machines.first, SETTINGS).proven[2]


def test_no_head_before_the_first_promotion(machines: Machines) -> None:
    git(machines.first, "update-ref", "-d", "refs/heads/rollout")
    for repository in (machines.server, machines.first):
        for name in git(repository, "for-each-ref", "--format=%(refname)").splitlines():
            if "rollout" in name:
                git(repository, "update-ref", "-d", name)
    assert keep(machines.first) == "there is no audit head to keep yet"


def test_no_journal_and_a_broken_one_stop_no_rollback(machines: Machines) -> None:
    assert head_lines(machines.second / "none.sqlite") == {}
    (machines.second / "broken.sqlite").write_text("no journal" * 100)
    assert head_lines(machines.second / "broken.sqlite") == {}
    assert list(head_lines(journal(machines.first))) == [HEADS_FILE]
