"""The judge's thread: it looks when it is woken, and no fault of its own ends it."""

import threading

import pytest

from src.live.judge import beside
from src.live.judge.beside import judging
from tests.live.judge.conftest import BACK, SETTINGS, World, until
from tests.rollout.machines import running


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released after each look."""
    looks = threading.Semaphore(0)
    real = beside.judge

    def judge(*given):
        try:
            return real(*given)
        finally:
            looks.release()

    monkeypatch.setattr(beside, "judge", judge)
    return looks


def test_it_looks_at_once_and_whenever_it_is_woken(world: World, looks: threading.Semaphore) -> None:
    with judging(world.root, SETTINGS, world.said.append) as judged:
        assert looks.acquire(timeout=30)
        assert running(world.root) == BACK
        assert not looks.acquire(timeout=0.3), "it looks when there is something new"
        judged.wake()
        assert looks.acquire(timeout=30)
    judged.wake()
    assert not looks.acquire(timeout=0.3)
    assert not [thread for thread in threading.enumerate() if thread.name == "judge"]


def test_what_goes_wrong_is_said_once_and_tried_again(world: World, looks: threading.Semaphore, monkeypatch) -> None:
    monkeypatch.setattr(beside, "AGAIN", 0.05)
    journal = world.root / ".live/journal.sqlite"
    content = journal.read_bytes()
    for name in journal.parent.iterdir():
        name.unlink()
    journal.write_bytes(b"not a journal" * 1000)
    with judging(world.root, SETTINGS, world.said.append):
        for _ in range(3):
            assert looks.acquire(timeout=30)
        assert "cannot be opened" in world.said[0]
        journal.unlink()
        journal.write_bytes(content)
        until(lambda: running(world.root) == BACK)
    assert len([line for line in world.said if "cannot be opened" in line]) == 1


def test_a_fault_of_the_judge_ends_no_answers(world: World, monkeypatch) -> None:
    monkeypatch.setattr(beside, "judge", lambda *_: 1 / 0)
    with judging(world.root, SETTINGS, world.said.append):
        until(lambda: world.said)
    assert world.said == ["judge: it failed (ZeroDivisionError: division by zero)"]
