"""The real `make live` on a replay: a version that fails goes back from every step by itself."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from src.live.journal.rows import MISSED
from src.notices.queue import Queue, notices_file
from src.rollout.steps import STEPS
from tests.graph.conftest import METADATA, Exported
from tests.live.exchange_server import replay
from tests.live.runner_tree import TWO, Process, Tree, files_of
from tests.live.running.test_runner_kills import SPEED, replayed
from tests.releases import git
from tests.rollout.machines import log, running

GOOD = "v1.3.0"
START = datetime(2019, 8, 20, 0, 30, tzinfo=UTC)
PATIENCE = 120.0


def until(process: Process, condition: Callable[[], object]) -> float:
    """Seconds it took."""
    begun = time.monotonic()
    while not condition():
        assert not process.ended, process.lines
        assert time.monotonic() - begun < PATIENCE, process.lines[-20:]
        time.sleep(0.02)
    return time.monotonic() - begun


def answers(bot: Tree, step: str) -> bool:
    """Whether the failing version answered the newest candle for ``step``."""
    return any((row.version, row.step) == (TWO, step) for row in bot.reader.newest())


def is_back(bot: Tree, step: str) -> bool:
    """Whether the step runs the good version."""
    return running(bot.root)[STEPS.index(step)] == GOOD


@pytest.mark.drill
def test_a_failing_version_goes_back_from_each_step_by_itself(
    bot: Tree, exported: Exported, snapshot: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Training of ``TWO`` knew closes from 1.5 to 2.5 alone; that of ``GOOD`` set no such limits."""
    bot.release(GOOD, files_of(exported, (3, 1, 1), replace(METADATA, feature_ranges={})))
    server = tmp_path / "server.git"
    git(tmp_path, "clone", "-q", "--bare", str(bot.root), str(server))
    bot.set(git={"remote": str(server)}, judge={"outside": 1})
    bot.promote(live=GOOD)
    told = []
    with replay(snapshot, START, SPEED) as exchange:
        replayed(bot, exchange)
        process = bot.live()
        until(process, bot.reader.newest)
        for step in STEPS:
            runs = dict.fromkeys(STEPS, GOOD) | {step: TWO}
            bot.promote({step: [GOOD]}, **{name.replace("-", "_"): version for name, version in runs.items()})
            answered = until(process, partial(answers, bot, step))
            back = until(process, partial(is_back, bot, step))
            until(process, lambda: all(row.version == GOOD or row.step is None for row in bot.reader.newest()))
            told.append(f"{step}: promoted, answered after {answered:.1f} s, rolled back {back:.1f} s later")
        until(process, lambda: len(bot.reader.events_of("rollback")) == len(STEPS))
        notices = Queue(notices_file(bot.journal))
        until(process, lambda: sum(text.event == "rollback" for text in notices.waiting("anybody", 0.0)) == len(STEPS))
        assert process.terminate() == 0, process.lines
    with capsys.disabled():
        print("\n" + "\n".join(told))
    assert git(server, "rev-parse", "rollout") == git(bot.root, "rev-parse", "rollout")
    assert len([line for line in log(server) if line.startswith("Roll back")]) == len(STEPS)
    events = bot.reader.events_of("rollback")
    assert {event.who for event in events} == {"judge <judge@localhost>"}
    assert [msgspec.json.decode(event.details)["step"] for event in events] == list(STEPS)
    assert all(event.why.startswith("outside: close outside the range of its training (1 candle") for event in events)
    good = {row.opened: row for row in bot.reader.predictions(version=GOOD)}
    opened = sorted(good)
    assert opened == list(range(opened[0], opened[-1] + 3600, 3600)), "a candle was lost"
    assert not [row for row in good.values() if row.reason == MISSED]
    assert bot.reader.first_fault() is None
