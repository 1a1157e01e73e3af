import sqlite3
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.notices.queue import DAY, Queue, notices_file
from src.notices.rows import DOUBTFUL, REFUSED, SENT

NOW = 1_566_295_200.0


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(notices_file(tmp_path / ".live/journal.sqlite"))


def add(queue: Queue, text: str, at: float = NOW, key: str | None = None) -> None:
    queue.add(at, "note", text, {"why": text}, key)


def test_it_lies_beside_the_journal_and_every_process_adds_to_it(queue: Queue) -> None:
    assert queue.path.name == "journal.sqlite.notices"
    add(queue, "a")
    add(Queue(queue.path), "b")
    assert [notice.text for notice in Queue(queue.path).waiting("discord", NOW)] == ["a", "b"]


def test_a_key_is_told_once_whoever_tells_it(queue: Queue) -> None:
    add(queue, "a", key="rollback 12")
    add(Queue(queue.path), "b", key="rollback 12")
    add(queue, "c", key="rollback 13")
    assert [notice.text for notice in queue.waiting("discord", NOW)] == ["a", "c"]


def test_each_target_gets_each_notice_once(queue: Queue) -> None:
    add(queue, "a")
    message = queue.add_message("discord", queue.waiting("discord", NOW), "a", NOW)
    add(queue, "b")
    assert queue.open_message("discord") == message
    assert [notice.text for notice in queue.notices_of(message)] == ["a"]
    assert [notice.text for notice in queue.waiting("discord", NOW)] == ["b"]
    assert [notice.text for notice in queue.waiting("webhook", NOW)] == ["a", "b"]
    for state, is_open in ((DOUBTFUL, True), (SENT, False), (REFUSED, False)):
        queue.mark(message, state=state)
        assert (queue.open_message("discord") is not None) == is_open


def test_a_new_target_gets_what_was_told_in_the_last_day(queue: Queue) -> None:
    add(queue, "old", NOW - DAY - 1)
    add(queue, "new", NOW - DAY + 1)
    assert [notice.text for notice in queue.waiting("discord", NOW)] == ["new"]


def test_what_is_old_is_forgotten_but_not_how_far_each_target_came(queue: Queue) -> None:
    for text in ("a", "b"):
        add(queue, text, NOW)
        message = queue.add_message("discord", queue.waiting("discord", NOW), text, NOW)
        queue.mark(message, state=SENT, marked_at=NOW)
    queue.forget(NOW + 1)
    assert [message.text for message in queue.messages()] == ["b"]
    add(queue, "c", NOW + 2)
    assert [notice.text for notice in queue.waiting("discord", NOW + 2)] == ["c"]


def test_places_are_kept_together(queue: Queue) -> None:
    assert queue.place("events") is None
    queue.set_places({"events": 3, "rows": 7})
    queue.set_places({"events": 4})
    assert [Queue(queue.path).place(name) for name in ("events", "rows")] == [4, 7]


def test_what_is_no_queue_is_one_sentence_and_stays(queue: Queue) -> None:
    queue.path.parent.mkdir()
    queue.path.write_bytes(b"no database at all, but quite long" * 100)
    with pytest.raises(UserError, match=r"cannot be kept \(file is not a database\)"):
        add(queue, "a")
    assert queue.path.read_bytes().startswith(b"no database")
    queue.path.unlink()
    with sqlite3.connect(queue.path) as other:
        other.execute("PRAGMA user_version = 9")
    other.close()
    with pytest.raises(UserError, match=r"of another release \(schema 9\)"):
        add(queue, "a")
    queue.path.unlink()
    add(queue, "a")
    assert len(queue.waiting("discord", NOW)) == 1
