"""Both loops over a real journal."""

import math
from pathlib import Path

import pytest

from src.live.journal.writer import JournalWriter
from tests.live.journal.test_journal import prediction
from tests.live.judge.book import BAD, ONE, Book
from tests.live.runner_world import MARKET


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "journal.sqlite")


def test_a_good_version_stays(book: Book) -> None:
    book.add(300)
    found = book.two()
    assert found.why is None
    assert found.evidence.candles == 299
    assert found.paused is None
    assert found.sentence.startswith("stage-10 runs v1.1.0: no fault; e-value ")


def test_a_worse_version_is_found_by_its_outcomes(book: Book) -> None:
    book.add(300, two=BAD)
    found = book.two()
    assert found.kind == "worse"
    # Of 299 hours 100 come before a rise: 0.9 in the place of 0.6; the others 0.6 in the place of 0.3.
    assert found.evidence.difference == pytest.approx((100 * (0.01 - 0.16) + 199 * (0.36 - 0.09)) / 299)
    assert found.why is not None
    assert found.why.startswith("worse: e-value ")
    assert "against v1.0.0 over 299 candles, Brier score +0." in found.why
    assert book.two(alpha=1e-300).kind is None


def test_a_fault_comes_first(book: Book) -> None:
    book.add(30)
    book.add(1, two="error")
    assert book.two().kind == "errors"
    assert book.two(errors=2).kind is None
    assert book.two(errors=2, md5="f" * 32).kind == "bytes"
    assert book.two(errors=2, md5=None).kind is None


def test_without_another_version_only_its_own_faults_count(book: Book) -> None:
    book.add(300, two=BAD)
    first = book.judged(failed=(ONE,))[0]
    assert (first.other, first.kind, first.evidence.candles) == (None, None, 0)
    assert first.sentence == "stage-10 runs v1.1.0: no fault; no other version to compare it with"


def test_no_data_is_a_pause(book: Book) -> None:
    assert book.two().paused == "the journal holds no candle yet"
    book.add(20)
    before = book.two().evidence
    book.add(24, two="hole")
    paused = book.two()
    assert paused.why is None
    assert paused.paused == "24 of its newest 24 candles have no answer (hole)"
    assert paused.evidence.highest == before.highest
    with JournalWriter(book.path) as writer:
        writer.claim(MARKET)
        with writer.transaction():
            writer.add_predictions(0.0, [prediction(book.hours, ONE)])
    assert str(book.two().paused).startswith("it does not answer: the newest candle, opened 1970-01-02T20:00:00+00:00,")


def test_what_was_known_at_a_rollback_does_not_count_again(book: Book) -> None:
    book.add(300, two=BAD)
    book.add(5, two="error")
    assert book.two().kind == "errors"
    book.add(0, event="rollback")
    assert (book.two().kind, book.two().evidence.candles) == (None, 0)
    book.add(40)
    assert (book.two().kind, book.two().evidence.candles) == (None, 39)
    book.add(300, two=BAD)
    assert book.two().kind == "worse"
    assert math.isfinite(book.two().evidence.highest)
