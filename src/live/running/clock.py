"""What time it is at the exchange, between its answers."""

import time

from src.live.journal.reader import JournalReader
from src.live.journal.rows import Prediction

# Seconds by which an answer's time may differ from what is expected before a second answer must agree.
TRUSTED = 60.0


class Stopwatch:
    """Seconds that go on while the machine sleeps, and that no change of its clock moves.

    Args:
        speed: seconds of the exchange's clock in one second here; 1 but for a replay.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def seconds(self) -> float:
        """Since some moment."""
        return time.clock_gettime(self._clock) * self.speed

    def wait(self, seconds: float) -> None:
        """Until so many seconds passed."""
        time.sleep(max(0.0, seconds) / self.speed)


class ExchangeClock:
    """The exchange's time, carried on by a stopwatch; one wrong answer does not move it.

    Args:
        stopwatch: what goes on between the answers.
    """

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch
        self._trusted = TRUSTED * stopwatch.speed
        # Exchange's time minus the stopwatch's.
        self._offset: float | None = None
        self._doubted: float | None = None

    def now(self) -> float | None:
        """Seconds since 1970; None before the first answer that is believed."""
        return None if self._offset is None else self._stopwatch.seconds() + self._offset

    def told(self, now: float) -> bool:
        """Take the time of an answer; whether it is believed.

        The first answer, and one that differs by more than ``TRUSTED`` from what is expected, must be confirmed by
        the next.
        """
        offset = now - self._stopwatch.seconds()
        for known in (self._offset, self._doubted):
            if known is not None and abs(offset - known) <= self._trusted:
                self._offset, self._doubted = offset, None
                return True
        self._doubted = offset
        return False


def exchange_time(reader: JournalReader, speed: float, wall: float) -> float | None:
    """The exchange's time as the journal's newest row tells it, and what passed since by this machine's clock.

    Args:
        reader: of the journal.
        speed: seconds of the exchange's clock in one second here.
        wall: seconds since 1970 by this machine, now.

    Returns:
        Seconds since 1970; None where there is no row.
    """
    rows = reader.newest()
    if not rows:
        return None
    newest = max(rows, key=lambda row: row.number)
    return newest.made_at + passed_since(reader, newest, speed, wall)


def passed_since(reader: JournalReader, row: Prediction, speed: float, wall: float) -> float:
    """Seconds of the exchange's clock since ``row`` was written, never below 0; arguments as above."""
    event = reader.events_after(row.event - 1, 1)
    return max(0.0, wall - event[0].made_at) * speed if event else 0.0
