"""A runner in a world of its own: a stopwatch that costs no time, an exchange that fails as told, kills as told."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from src.core.errors import UserError
from src.live.answering.window import Window
from src.live.journal.rows import Market
from src.live.journal.writer import JournalWriter
from src.live.running.clock import Stopwatch
from src.live.running.runner import Runner, Stop
from src.live.running.versions import Change, Running
from src.live.settings import LiveSettings, settings_of
from tests.live.windows import FACTS, HOUR, MIDNIGHT

MARKET = Market(exchange="bitbank", symbol="BTC/JPY", timeframe=HOUR)
SETTLING = 10
# Candles before the first hour of a schedule.
HISTORY = 20
YEAR = 365 * 24 * HOUR
SETTINGS: LiveSettings = settings_of(
    {"runner": {"jitter": 5.0, "retry_first": 20.0, "retry_longest": 600.0, "watch": 60.0}}, "live.yaml"
)


class Killed(BaseException):
    """SIGKILL, as the process itself would never see it."""


class FakeGraph:
    """Answers with a probability that the close tells."""

    facts = FACTS

    def run(self, candles: Any, **_: Any) -> dict[str, Any]:
        return {"features": candles[0, -1:, 3:5], "probability": candles[0, -1:, 3] / 1000}


def running(version: str = "v1.0.0", step: str | None = "live", share: float = 1.0) -> Running:
    loaded: Any = SimpleNamespace(
        version=version,
        proof="proven",
        signal=FakeGraph(),
        metadata={},
        sizing=None,
        trading_ready=False,
        trading_reason="net return low",
    )
    return Running(loaded, step, share)


class FakeVersions:
    """Versions that a test changes."""

    def __init__(self, *given: Running) -> None:
        self.running = given or (running(),)

    def refresh(self) -> Change:
        return Change()


class World(Stopwatch):
    """Time, candles and trouble. Hour ``i`` of ``hours`` begins when the candle ``opened(i)`` closed and settled.

    `up`: all is well; `down`: the exchange does not answer; `late`: only after half an hour; `dead`: no runner runs;
    `killed`: it is killed while it writes; `unlisted`: the exchange never has this candle; `jump`: its first answer
    tells a time a year ahead.
    """

    def __init__(self, hours: list[str], chance: Callable[[], int] = lambda: 0) -> None:
        super().__init__()
        self.hours, self.time = hours, float(MIDNIGHT + SETTLING + 1)
        self._chance = chance
        self._jumped: set[int] = set()
        self._killed: set[int] = set()
        self.said: list[str] = []

    def opened(self, hour: int) -> int:
        return MIDNIGHT + (hour - 1) * HOUR

    @property
    def hour(self) -> int:
        return int((self.time - MIDNIGHT - SETTLING) // HOUR)

    @property
    def state(self) -> str:
        return self.hours[self.hour] if self.hour < len(self.hours) else "end"

    @property
    def end(self) -> float:
        return MIDNIGHT + len(self.hours) * HOUR + SETTLING - 1

    def seconds(self) -> float:
        # A stopwatch's zero is its own.
        return self.time - 12_345

    def wait(self, seconds: float) -> None:
        """Time passes at once; a runner is dead as soon as a dead hour begins."""
        target = self.time + seconds
        while self.time < target:
            self.time = min(target, MIDNIGHT + (self.hour + 1) * HOUR + SETTLING + 0.5)
            if self.time >= self.end:
                raise Stop
            if self.state == "dead":
                raise Killed

    def closes(self) -> dict[int, float]:
        """The candles that the exchange lists at some time, by open time."""
        missing = {self.opened(hour) for hour, state in enumerate(self.hours) if state == "unlisted"}
        hours = range(-HISTORY, len(self.hours))
        return {self.opened(hour): 100.0 + hour % 3 for hour in hours if self.opened(hour) not in missing}

    def newest(self, bars: int) -> Window:
        self.time += 0.2
        if self.state == "down" or (self.state == "late" and (self.time - MIDNIGHT) % HOUR < HOUR / 2):
            raise UserError("the exchange does not answer.")
        now = self.time
        if self.state == "jump" and self.hour not in self._jumped:
            self._jumped.add(self.hour)
            now += YEAR
        listed = {moment: close for moment, close in self.closes().items() if moment + HOUR + SETTLING <= self.time}
        opened = np.array(sorted(listed)[-bars:], dtype=np.int64)
        values = np.array([[100.0, 110.0, 90.0, listed[moment], 5.0] for moment in opened.tolist()])
        return Window(opened, values, now, HOUR)

    def live(self, journal: Path, versions: FakeVersions | None = None) -> None:
        """Run until the schedule ends; a killed runner starts again at once, a dead one when its hours are over."""
        while self.time < self.end:
            if self.state == "dead":
                self.time = float(MIDNIGHT + (self.hour + 1) * HOUR + SETTLING + 1)
                continue
            with JournalWriter(journal) as writer, suppress(Killed):
                writer.claim(MARKET)
                if self.hour not in self._killed and self.state == "killed":
                    self._killed.add(self.hour)
                    writer._connection = Bomb(writer._connection, self._chance())  # type: ignore[assignment]
                given: Any = versions or FakeVersions()
                Runner(writer, given, self, SETTINGS, self, self.said.append, wall=lambda: self.time).run()


class Bomb:
    """A connection whose process is killed before its ``count``-th statement."""

    def __init__(self, connection: Any, count: int) -> None:
        self._connection, self._count = connection, count

    def execute(self, statement: str, *values: Any) -> Any:
        if statement != "ROLLBACK":
            self._count -= 1
            if self._count < 0:
                self._count = 10**9
                raise Killed
        return self._connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
