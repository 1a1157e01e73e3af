"""`make live`: after each candle's close ask the exchange, score with every version, write the journal, publish."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from src.core.errors import UserError
from src.live.answering.sizing import bars_needed
from src.live.answering.window import Window
from src.live.journal.reader import JournalReader
from src.live.journal.rows import Candle, Prediction
from src.live.journal.writer import JournalWriter
from src.live.running.clock import ExchangeClock, Stopwatch
from src.live.running.halt import halted, untold
from src.live.running.rollouts import Rollout
from src.live.running.scoring import line, missed, scored
from src.live.running.versions import Change, Running
from src.live.settings import LiveSettings

WHO = "runner"
# Seconds of this machine's clock between two looks at least, in a replay too.
SHORTEST_LOOK = 0.02


class Stop(BaseException):
    """The process was asked to end, at a moment when nothing is half done."""


class Candles(Protocol):
    """Where closed candles come from (``Feed``)."""

    def newest(self, bars: int) -> Window:
        """The newest ``bars`` closed candles."""


class Line(Protocol):
    """The versions that answer (``Following``)."""

    running: tuple[Running, ...]

    def refresh(self) -> Change:
        """What changed since the last call; it must not wait for anything."""


class Runner:
    """Answers every candle once, or records that it was missed.

    All it knows of the past is in the journal: killed at any moment and started again, it goes on where the last
    committed transaction ended.

    Args:
        writer: of the journal, which has claimed its market.
        versions: what runs, loaded.
        feed: closed candles of the market.
        settings: of deploy/live.yaml.
        stopwatch: what waits.
        say: gets a line for people.
        wall: seconds since 1970 by this machine, for the audit log.
        rollouts: gives promotions and rollbacks that the journal does not tell of yet.
        answered: is called when a candle has its rows.
        drifted: gives the rows as they count by the verdict of drift, from the rows, their versions and the time.
    """

    def __init__(
        self,
        writer: JournalWriter,
        versions: Line,
        feed: Candles,
        settings: LiveSettings,
        stopwatch: Stopwatch,
        say: Callable[[str], None],
        wall: Callable[[], float] = time.time,
        rollouts: Callable[[JournalReader], Iterable[Rollout]] = lambda _: (),
        answered: Callable[[], None] = lambda: None,
        drifted: Callable[[list[Prediction], tuple[Running, ...], float], list[Prediction]] = lambda rows, *_: rows,
    ) -> None:
        self._writer, self._versions, self._feed, self._settings = writer, versions, feed, settings
        self._stopwatch, self._say, self._wall = stopwatch, say, wall
        self._rollouts, self._answered, self._drifted = rollouts, answered, drifted
        self._clock = ExchangeClock(stopwatch)
        self._step = writer.market.timeframe
        self._failed = 0
        self._may_stop = False
        self._asked_to_stop = False

    def stop(self, *_: object) -> None:
        """Ask it to end: at once while it waits or asks, else when the transaction is written. A signal handler."""
        self._asked_to_stop = True
        if self._may_stop:
            raise Stop

    def run(self, first: Change | None = None) -> None:
        """Answer candles until ``stop``; ``first`` is what loading the versions told."""
        try:
            self._event("start")
            self._tell(first or Change())
            self.look()
            while True:
                self._watch(self.turn())
        except Stop:
            self._event("stop")

    def turn(self) -> float:
        """Ask once and write what can be written; how many seconds to wait before the next turn.

        Raises:
            Stop: it was asked to end.
        """
        try:
            if (now := self._clock.now()) is not None:
                # While nobody answers, what has passed has passed.
                with self._writer.transaction():
                    self._give_up(self._due(now), now)
            with self._stoppable():
                loaded = [running.loaded for running in self._versions.running]
                bars = max(bars_needed(one.signal, one.sizing) for one in loaded)
                window = self._feed.newest(bars)
            if not self._clock.told(window.now):
                return self._again("the exchange's clock is not believed before a second answer agrees")
            return self._take(window)
        except UserError as error:
            return self._again(str(error))

    def look(self) -> None:
        """See halts, promotions, rollbacks, and versions that changed; each becomes an audit event."""
        try:
            for request in untold(self._writer.path, self._writer.reader):
                details = {"request": request.number, "asked_at": request.made_at}
                self._event(request.what, request.why, request.who, **details)
                self._say(f"{request.what} ({request.who}): {request.why}")
            for rollout in self._rollouts(self._writer.reader):
                self._event(rollout.what, rollout.why, rollout.who, **rollout.details)
                self._say(f"{rollout.what} ({rollout.who}): {rollout.step} runs {rollout.runs}: {rollout.why}")
            with self._stoppable():
                change = self._versions.refresh()
            self._tell(change)
        except UserError as error:
            self._say(str(error))

    def _tell(self, change: Change) -> None:
        for name, why in change.fetched.items():
            self._event("fetched", why, version=name)
            self._say(f"fetched {name}: {why}")
        for one in change.begun:
            self._event("loaded", version=one.version, step=one.step, share=one.share, md5=one.graph_md5)
            self._say(f"runs {one.version} ({one.step or 'no step'}, stake {one.share:g}), {one.loaded.proof}")
        for one in change.ended:
            self._event("unloaded", version=one.version)
            self._say(f"runs {one.version} no longer")
        for name, why in change.refused.items():
            self._event("refused", why, version=name)
            self._say(f"refused {name}: {why}")

    def _take(self, window: Window) -> float:
        """Write what ``window`` tells; seconds to the next turn."""
        due = self._due(window.now)
        known = window.opened <= due
        window = Window(window.opened[known], window.values[known], window.now, window.timeframe)
        rows: list[Prediction] = []
        with self._writer.transaction():
            self._writer.add_candles(_candles(window))
            self._give_up(due, window.now)
            last = self._last()
            listed = len(window) > 0 and int(window.opened[-1]) == due
            if listed and (last is None or last < due):
                is_halted = halted(self._writer.path, self._writer.reader) is not None
                held, running = self._writer.reader.position, self._versions.running
                rows = scored(running, window, self._settings, halted=is_halted, held=held)
                rows = self._drifted(rows, running, window.now)
                self._writer.add_predictions(self._wall(), rows)
            if len(window):
                self._writer.join_outcomes(int(window.opened[0]))
        for row in rows:
            self._say(line(row, self._step))
        if rows:
            self._answered()
        if not listed and (last is None or last < due):
            return self._again("the newest candle is not listed yet")
        self._failed = 0
        return self._until_next(window.now) + random.uniform(0.0, self._settings.runner.jitter)

    def _give_up(self, due: int, now: float) -> None:
        """Record the candles before ``due`` that have no row as missed; they are never filled in."""
        last = self._last()
        if last is None:
            return
        passed = range(last + self._step, due, self._step)
        if passed:
            rows = missed(self._writer.newest(), passed, now, self._step)
            self._writer.add_predictions(self._wall(), rows)
            self._say(f"missed {len(passed)} candle(s)")

    def _last(self) -> int | None:
        newest = self._writer.newest()
        return newest[0].opened if newest else None

    def _due(self, now: float) -> int:
        """Open time of the newest candle that closed and settled by ``now``."""
        return int((now - self._settings.runner.settling) // self._step) * self._step - self._step

    def _until_next(self, now: float) -> float:
        return self._due(now) + 2 * self._step + self._settings.runner.settling - now

    def _again(self, why: str) -> float:
        """Seconds until it is tried again: longer each time, but not beyond the next candle."""
        runner = self._settings.runner
        wait = min(runner.retry_first * 2 ** min(self._failed, 30), runner.retry_longest)
        self._failed += 1
        now = self._clock.now()
        if now is not None:
            wait = min(wait, self._until_next(now))
        self._say(f"{why}; asking again in {wait:.1f} s")
        return wait

    def _watch(self, seconds: float) -> None:
        """Wait, and look now and then."""
        end = self._stopwatch.seconds() + seconds
        each = max(self._settings.runner.watch, SHORTEST_LOOK * self._stopwatch.speed)
        while True:
            with self._stoppable():
                self._stopwatch.wait(min(each, max(0.0, end - self._stopwatch.seconds())))
            self.look()
            if self._stopwatch.seconds() >= end:
                return

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """While nothing is half done a signal ends the run at once."""
        self._may_stop = True
        try:
            if self._asked_to_stop:
                raise Stop
            yield
        finally:
            self._may_stop = False

    def _event(self, what: str, why: str = "", who: str = WHO, **details: object) -> None:
        with self._writer.transaction():
            self._writer.add_event(self._wall(), who, what, why, **details)


def _candles(window: Window) -> Iterator[Candle]:
    for opened, values in zip(window.opened.tolist(), np.asarray(window.values).tolist(), strict=True):
        yield Candle(opened, *values)
