"""Copies of the journal: whole, put back where there is less, and written by one process at a time."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.live.journal.reader import JournalReader
from src.live.journal.writer import JournalWriter
from src.live.replica.copies import KEY, Copies
from src.live.replica.lease import Lost
from src.live.replica.objects import Objects
from tests.live.journal.test_journal import candle, prediction
from tests.live.replica.bucket_server import BUCKET, BucketServer
from tests.live.runner_world import MARKET


@pytest.fixture
def objects(bucket: BucketServer, tmp_path: Path) -> Objects:
    bucket.settle(tmp_path)
    return Objects(tmp_path, f"gs://{BUCKET}/live")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A journal with three hours, two of which are known."""
    path = tmp_path / "first/journal.sqlite"
    add(path, 1, 2, 3)
    return path


def add(path: Path, *hours: int) -> None:
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        for hour in hours:
            with writer.transaction():
                writer.add_candles([candle(hour, 100.0 + hour)])
                writer.add_predictions(hour * 3600.0, [prediction(hour)])
                writer.join_outcomes(0)


def content(path: Path) -> list[object]:
    with JournalReader(path) as reader:
        assert reader.first_fault() is None
        return [reader.market(), reader.predictions(), reader.outcomes(), reader.candles(), reader.events_after(0)]


def test_what_was_copied_is_there_on_a_machine_with_an_empty_disk(objects, written, tmp_path) -> None:
    # The last rows are still in the write-ahead log while a writer has the file open.
    with JournalWriter(written) as writer, writer.transaction():
        writer.add_event(0.0, "runner", "start")
    before = content(written)
    with JournalWriter(written):
        first = Copies(objects, written, "a")
        assert first.write() and not first.write()
    other = tmp_path / "second/journal.sqlite"
    second = Copies(objects, other, "b")
    assert second.follow() and not second.follow()
    assert content(other) == before
    assert [path.name for path in other.parent.iterdir()] == [other.name]


def test_who_takes_over_ends_the_copies_of_who_came_before(objects, written, tmp_path) -> None:
    first = Copies(objects, written, "a")
    first.take_over()
    other = tmp_path / "second/journal.sqlite"
    second = Copies(objects, other, "b")
    second.take_over()
    add(written, 4)
    with pytest.raises(Lost, match="another process took over"):
        first.write()
    add(other, 4)
    assert second.write()
    assert content(other)[1] == content(written)[1]


def test_a_reader_follows_the_copies_and_the_first_write_after_them(objects, written, tmp_path) -> None:
    other = tmp_path / "second/journal.sqlite"
    first, second = Copies(objects, written, "a"), Copies(objects, other, "b")
    with JournalReader(other) as reader:
        assert reader.newest_numbers() == (0, 0, 0)
        for hour in (4, 5):
            first.write()
            second.follow()
            assert reader.newest_numbers()[0] == hour - 1
            add(written, hour)
        second.take_over()
        add(other, 5)
        assert [row.opened // 3600 for row in reader.predictions()] == [1, 2, 3, 4, 5]


def test_an_answer_that_got_lost_is_no_conflict(objects, written, bucket) -> None:
    copies = Copies(objects, written, "a")
    copies.write()
    for hour, lost in ((4, 1), (5, 3)):
        add(written, hour)
        bucket.deaf = lost
        try:
            copies.write()
        except UserError as error:
            assert not isinstance(error, Lost)
            copies.write()
    assert not copies.write()


def test_a_disk_that_has_more_than_the_copy_keeps_it(objects, written) -> None:
    Copies(objects, written, "a").write()
    add(written, 4)
    before = content(written)
    again = Copies(objects, written, "b")
    assert not again.follow()
    again.take_over()
    assert content(written) == before


def test_two_journals_that_went_different_ways_are_refused(objects, written, tmp_path) -> None:
    other = tmp_path / "second/journal.sqlite"
    other.parent.mkdir()
    shutil.copy(written, other)
    add(written, 4, 5)
    Copies(objects, written, "a").write()
    add(other, 7)
    before = content(other)
    with pytest.raises(UserError, match="are two different ones from event 4 on or before; move the one away"):
        Copies(objects, other, "b").follow()
    assert content(other) == before


def test_a_damaged_or_altered_copy_is_refused(objects, written, tmp_path, bucket) -> None:
    Copies(objects, written, "a").write()
    key = f"live/{KEY}"
    whole, generation = bucket.objects[key]
    other = tmp_path / "second/journal.sqlite"
    bucket.objects[key] = (whole[: len(whole) // 2], generation)
    with pytest.raises(UserError, match="the copy of the journal in the bucket is damaged"):
        Copies(objects, other, "b").follow()
    assert not other.exists()
    with sqlite3.connect(written) as connection:
        connection.execute("UPDATE predictions SET probability = 0.9 WHERE opened = 7200")
    del bucket.objects[key]
    Copies(objects, written, "c").write()
    with pytest.raises(UserError, match="was altered: a prediction that event 2 wrote"):
        Copies(objects, other, "b").take_over()


def test_without_a_journal_nothing_is_copied(objects, tmp_path, bucket) -> None:
    copies = Copies(objects, tmp_path / "none/journal.sqlite", "a")
    copies.take_over()
    assert not bucket.objects
    add(tmp_path / "none/journal.sqlite", 1)
    assert copies.write() and list(bucket.objects) == [f"live/{KEY}"]
