"""The audit chain: an altered, cut or reordered row is named."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from src.live.journal.audit import FIRST, digest
from src.live.journal.reader import JournalReader
from src.live.journal.writer import JournalWriter
from tests.live.journal.test_journal import prediction
from tests.live.runner_world import MARKET


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with the events start, answers (two rows), halt, answers, stop."""
    found = tmp_path / "journal.sqlite"
    with JournalWriter(found) as writer:
        writer.claim(MARKET)
        for write in (
            lambda: writer.add_event(1.0, "runner", "start"),
            lambda: writer.add_predictions(2.0, [prediction(1), prediction(1, "v2.0.0", None)]),
            lambda: writer.add_event(3.0, "trader", "halt", "it lost 'money' ¥", request=1),
            lambda: writer.add_predictions(4.0, [prediction(2)]),
            lambda: writer.add_event(5.0, "runner", "stop"),
        ):
            with writer.transaction():
                write()
    return found


def fault(path: Path, *statements: str) -> str | None:
    """What is found after somebody changed the file."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return JournalReader(path).first_fault()


def test_a_sound_chain_has_no_fault(path: Path) -> None:
    assert fault(path) is None
    events = JournalReader(path).events_after(0)
    assert [event.what for event in events] == ["start", "answers", "halt", "answers", "stop"]
    assert [event.before for event in events] == [FIRST, *(event.hash for event in events[:-1])]
    assert JournalReader(path).last_event("halt", "resume") == events[2]


def test_the_hash_is_that_of_canonical_json() -> None:
    told = '{"a":[1.5,null],"b":"\\u00e9"}'
    import hashlib

    assert digest({"b": "é", "a": [1.5, None]}) == hashlib.sha256(told.encode()).hexdigest()


SWAP = ("UPDATE events SET number = 99 WHERE number = 3", "UPDATE events SET number = 3 WHERE number = 4")
CASES: list[tuple[tuple[str, ...], str]] = [
    (("UPDATE events SET why = 'x' WHERE number = 3",), "event 3 (halt) was altered"),
    (("UPDATE events SET made_at = 3.5 WHERE number = 3",), "event 3 (halt) was altered"),
    (("DELETE FROM events WHERE number = 1",), "event 1 is missing"),
    (("DELETE FROM events WHERE number = 3",), "event 3 is missing"),
    ((*SWAP, "UPDATE events SET number = 4 WHERE number = 99"), "event 3 does not follow"),
    (("UPDATE events SET hash = before WHERE number = 2",), "event 2 (answers) was altered"),
    (("UPDATE predictions SET probability = 0.3 WHERE number = 1",), "a prediction that event 2 wrote"),
    (("UPDATE predictions SET share = 0.3 WHERE number = 3",), "a prediction that event 4 wrote"),
    (("DELETE FROM predictions WHERE number = 2",), "event 2 wrote 2 predictions, and 1 are there"),
    (("UPDATE predictions SET event = 3 WHERE number = 3",), "event 3 (halt) wrote no predictions, and 1 name it"),
    (("UPDATE predictions SET event = 9 WHERE number = 3",), "event 4 wrote 1 predictions, and 0 are there"),
    (("DELETE FROM events WHERE number > 3",), "names event 4, which does not exist"),
]


@pytest.mark.parametrize(("statements", "told"), CASES, ids=[told for _, told in CASES])
def test_the_first_bad_row_is_named(path: Path, statements: tuple[str, ...], told: str) -> None:
    assert told in str(fault(path, *statements))


def test_a_cut_end_shows_only_against_a_hash_kept_elsewhere(path: Path) -> None:
    newest: Callable[[], str] = lambda: JournalReader(path).events_after(0)[-1].hash  # noqa: E731
    kept = newest()
    assert fault(path, "DELETE FROM events WHERE number = 5") is None
    assert newest() != kept
