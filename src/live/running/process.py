"""Put the parts of `make live` together, and end it on a signal."""

import getpass
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from src.candles.timeframe import parse_timeframe
from src.core.errors import UserError
from src.live.answering.feed import Feed
from src.live.journal.rows import Market
from src.live.journal.writer import JournalWriter
from src.live.judge.beside import judging
from src.live.replica.keeper import Stopped, allowed_to_write
from src.live.running.clock import Stopwatch
from src.live.running.drifting import Drifting
from src.live.running.following import following
from src.live.running.halt import ask
from src.live.running.rollouts import Rollouts
from src.live.running.runner import Runner
from src.live.running.versions import Versions
from src.live.settings import LiveSettings, read_settings
from src.live.telling.telling import telling


def run_live(root: Path, say: Callable[[str], None]) -> None:
    """Answer candles until SIGTERM or SIGINT.

    Raises:
        UserError: bad settings, no version that can be proven, another runner, or as ``JournalWriter.claim`` and
            ``allowed_to_write``.
    """
    settings = read_settings(root)
    try:
        with allowed_to_write(root, settings, say) as check:
            _run(root, settings, check, say)
    except Stopped:
        say("stopped while it waited")


def _run(root: Path, settings: LiveSettings, check: Callable[[], None], say: Callable[[str], None]) -> None:
    with JournalWriter(root / settings.journal.path, check) as writer, telling(root, settings, say):
        held = {row.step: row.version for row in writer.newest() if row.step}
        versions = Versions(root, settings, held)
        change = versions.refresh()
        if not versions.running:
            raise UserError("no version can run: " + " ".join(change.refused.values()))
        timeframe = versions.running[-1].loaded.signal.facts.timeframe
        exchange = settings.exchange
        seconds = int(parse_timeframe(timeframe).total_seconds())
        writer.claim(Market(exchange=exchange.id, symbol=exchange.symbol, timeframe=seconds))
        stopwatch = Stopwatch(settings.runner.speed)
        feed, rollouts = Feed(exchange, timeframe, say), Rollouts(root, settings.git)
        with judging(root, settings, say) as judge, following(versions, settings.runner.watch) as line:
            drifting = Drifting(root, settings.drift, say)
            runner = Runner(
                writer, line, feed, settings, stopwatch, say,
                rollouts=rollouts.untold, answered=judge.wake, drifted=drifting.applied,
            )  # fmt: skip
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, runner.stop)
            runner.run(change)


def request(root: Path, what: str, why: str) -> str:
    """`make halt` and `make resume`: what was done.

    Raises:
        UserError: as ``src.live.running.halt.ask``.
    """
    journal = root / read_settings(root).journal.path
    return ask(journal, what, _user(), why, time.time())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container's user often has no name.
        return f"uid {os.getuid()}"
