"""What `make live` does by itself when its disk, its journal, its clock or its exchange fails: docs/operations.md."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from src.core.paths import SIGNAL_GRAPH
from src.live.journal.rows import MISSED, Prediction
from src.notices.queue import Queue, notices_file
from tests.live.exchange_server import ReplayServer, replay
from tests.live.runner_tree import ONE, Process, Tree
from tests.live.service.process import until
from tests.notices.webhook_server import WebhookServer, webhook

HOUR = 3600
# Seconds of the exchange's clock in one second: a candle in 2.
SPEED = 1800.0
START = datetime(2019, 8, 20, 0, 30, tzinfo=UTC)
DAY = 86_400

pytestmark = pytest.mark.drill


@contextmanager
def running(bot: Tree, snapshot: pd.DataFrame, **start: str) -> Iterator[tuple[Process, ReplayServer, WebhookServer]]:
    """`make live` on a replay, with a Discord that takes all, once it answered a candle."""
    bot.promote(live=ONE)
    with replay(snapshot, START, SPEED) as exchange, webhook() as discord:
        bot.set(
            exchange={"timeout": 5.0, "attempts": 1, "settings": exchange.settings},
            runner={"speed": SPEED, "jitter": 0.0, "retry_first": 60.0, "retry_longest": 300.0, "watch": 0.1},
            # A look at the journal is 900 s apart in such a replay.
            notices={"overdue": 3600.0, "gather": 0.1, "apart": 0.1, "daily": None},
        )
        process = bot.live(start.pop("before", ""), DISCORD_WEBHOOK_URL=discord.url)
        try:
            until(lambda: answers(bot), 60.0)
            yield process, exchange, discord
            assert process.terminate() == 0, process.lines
        finally:
            process.kill()
    rows = bot.reader.predictions()
    opened = [row.opened for row in rows]
    assert opened == list(range(opened[0], opened[-1] + HOUR, HOUR)), "a candle was lost or answered twice"
    assert bot.reader.first_fault() is None


def answers(bot: Tree) -> list[Prediction]:
    return [row for row in bot.reader.predictions() if row.probability is not None]


def more_answers(bot: Tree, count: int = 2) -> None:
    """Wait until so many more candles are answered."""
    before = len(answers(bot))
    until(lambda: len(answers(bot)) >= before + count, 60.0)


def events_told(bot: Tree) -> list[str]:
    return [notice.event for notice in Queue(notices_file(bot.journal)).waiting("nobody", 0.0)]


def test_an_exchange_that_is_down_for_hours(bot: Tree, snapshot: pd.DataFrame) -> None:
    with running(bot, snapshot) as (process, exchange, discord):
        exchange.down = True
        until(lambda: any("Stale candles" in text for text in discord.texts))
        exchange.down = False
        more_answers(bot)
        until(lambda: len(discord.texts) >= 2)
        assert any("asking again in" in line for line in process.lines)
        assert 1 <= sum(row.reason == MISSED for row in bot.reader.predictions()) <= 4
        assert events_told(bot) == ["stale", "fresh"]
        assert "Candles are back" in discord.texts[1]


def test_a_journal_that_another_process_locks(bot: Tree, snapshot: pd.DataFrame) -> None:
    """For longer than the runner waits for it (10 s here, which are 5 candles)."""
    with running(bot, snapshot) as (process, _, discord):
        with sqlite3.connect(bot.journal, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            until(lambda: any("cannot be written (database is locked)" in line for line in process.lines), 60.0)
            other.execute("ROLLBACK")
        other.close()
        more_answers(bot)
        until(lambda: len(discord.texts) >= 2)
        assert events_told(bot) == ["stale", "fresh"]


@pytest.mark.parametrize("how", ["damaged", "deleted"])
def test_a_graph_that_is_lost_while_it_runs(bot: Tree, snapshot: pd.DataFrame, how: str) -> None:
    with running(bot, snapshot) as (process, _, discord):
        graph = bot.bundles / ONE / SIGNAL_GRAPH.name
        content = graph.read_bytes()
        if how == "damaged":
            graph.write_bytes(content[:-100] + bytes(100))
        else:
            shutil.rmtree(graph.parent)
        until(lambda: graph.is_file() and graph.read_bytes() == content)
        more_answers(bot)
        assert all(row.reason is None for row in bot.reader.predictions()), "what is in memory answers meanwhile"
        assert any("fetched" in line for line in process.lines), process.lines
        assert discord.texts == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.5 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk of a given size can be made here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk(bot: Tree, snapshot: pd.DataFrame, small_disk: Path) -> None:
    bot.set(journal={"path": str(small_disk / "journal.sqlite")})
    with running(bot, snapshot) as (process, _, discord):
        ballast = small_disk / "ballast"
        fill(ballast)
        until(lambda: any("database or disk is full" in line for line in process.lines), 60.0)
        fill(ballast)
        # A candle is overdue then, and its notice comes although no disk takes it.
        until(lambda: any("Stale candles" in text for text in discord.texts), 60.0)
        ballast.unlink()
        more_answers(bot)
        until(lambda: any("Candles are back" in text for text in discord.texts), 60.0)
        assert sum(row.reason == MISSED for row in bot.reader.predictions()) >= 1


def fill(ballast: Path) -> None:
    """Take all room that is left on a disk, and again what was given back since."""
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


CLOCK = """
import sys, time
from pathlib import Path
real, told = time.time, Path(sys.argv[1]) / "jump"
time.time = lambda: real() + float(told.read_text() or 0)
"""


def test_a_clock_that_jumps(bot: Tree, snapshot: pd.DataFrame) -> None:
    """This machine's clock, not the exchange's: a day on, then a day back from the true time."""
    jump = bot.root / "jump"
    jump.write_text("0")
    with running(bot, snapshot, before=CLOCK) as (_, _, discord):
        for seconds in (DAY, -DAY):
            jump.write_text(str(seconds))
            more_answers(bot, 3)
        rows = bot.reader.predictions()
        assert all(row.reason is None for row in rows)
        # On a busy machine a second here is half an hour there.
        assert all(0 <= row.age < 2 * HOUR for row in rows), "ages are by the exchange's clock"
        assert events_told(bot) == []
        assert discord.texts == []
    made = [event.made_at for event in bot.reader.events_after(0)]
    # The audit log shows it: its times are this machine's.
    assert max(later - earlier for earlier, later in pairwise(made)) > DAY - 60
