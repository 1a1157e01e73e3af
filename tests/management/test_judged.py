"""What the journal says to a promotion: figures, too few candles, an alarm, no journal."""

from pathlib import Path

import pytest

from src.core.errors import UserError
from src.management.judged import judged
from tests.conftest import environment
from tests.live.judge.book import BAD, GOOD, Book
from tests.releases import git
from tests.rollout.machines import ONE, TWO, make_machines, put


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``TWO`` on stage-10, ``ONE`` on stage-50; at least 100 candles are wanted."""
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    root = make_machines(tmp_path).first
    for version, step in ((ONE, "paper"), (ONE, "stage-10"), (ONE, "stage-50"), (TWO, "paper"), (TWO, "stage-10")):
        put(root, version, step, remote=None)
    (root / "deploy").mkdir()
    (root / "deploy/live.yaml").write_text("rollout: {least_candles: 100}\n")
    return root


def book(root: Path, hours: int, two: float = GOOD) -> Path:
    """The bot's journal, of so many hours on stage-10, after 50 on paper."""
    (root / ".live").mkdir(exist_ok=True)
    made = Book(root / ".live/journal.sqlite")
    made.add(50, two=two, step="paper")
    made.add(hours, two=two)
    return made.path


def test_enough_candles_speak_for_themselves(root: Path) -> None:
    book(root, 101)
    objections, figures = judged(root, TWO, "stage-50")
    assert objections == []
    assert len(figures) == 1
    # 50 on paper and 101 on stage-10, the last one's outcome not known yet.
    assert figures[0].startswith("100 candles judged at stage-10; e-value 0.")
    assert "against v1.0.0 over 150 candles, Brier score -0.00" in figures[0]
    assert figures[0].endswith("(below 4 weeks no standard error)")


def test_silence_is_no_approval(root: Path) -> None:
    path = book(root, 100)
    (objection,), (figures,) = judged(root, TWO, "stage-50")
    assert objection.name == "candles"
    assert objection.refusal == f"has too few of 100 candles: {figures}"
    assert objection.reason == "99 of 100"
    assert figures.startswith("99 candles judged at stage-10; ")
    away = path.rename(root / "the bot's.sqlite")
    (objection,), figures_without = judged(root, TWO, "stage-50")
    assert figures_without == []
    assert objection.name == "candles"
    assert objection.refusal.startswith("was not judged: there is no journal ")
    assert objection.refusal.endswith("; bring that of the bot and say JOURNAL=<file>")
    assert judged(root, TWO, "stage-50", away)[1] == [figures]


def test_an_alarm_speaks_against_it(root: Path) -> None:
    book(root, 200, two=BAD)
    (objection,), _ = judged(root, TWO, "stage-50")
    assert objection.name == "worse"
    assert objection.refusal.startswith("is worse than v1.0.0: 199 candles judged at stage-10; e-value ")


def test_nothing_ran_there_before(root: Path) -> None:
    book(root, 101)
    assert judged(root, TWO, "paper") == ([], [])
    # `live` runs nothing: nothing to compare with, and no candle of stage-50 either.
    (objection,), (figures,) = judged(root, TWO, "live")
    assert objection.reason == "0 of 100"
    assert figures == "0 candles judged at stage-50; no other version to compare it with"
    with pytest.raises(UserError, match="'production' is not a step"):
        judged(root, TWO, "production")


def test_a_journal_that_is_none_is_one_sentence(root: Path) -> None:
    other = root / "x.txt"
    other.write_text("not a journal, but long enough to be looked at as if it were one" * 20)
    with pytest.raises(UserError, match="cannot be opened"):
        judged(root, TWO, "stage-50", other)
    assert git(root, "status", "--porcelain", "--untracked-files=no") == ""
