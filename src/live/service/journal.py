"""What the service reads of the journal, read only; and how the page gets it (docs/live-api.md)."""

from typing import Protocol

import msgspec


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One version's row for one candle; moments are epoch seconds."""

    id: int
    opened: int
    closed: int
    version: str
    step: str | None
    share: float
    probability: float | None
    probability_move: float | None = None
    probability_direction: float | None = None
    decision: str
    reason: str | None = None
    sentence: str | None = None
    outside: tuple[str, ...] = ()
    older_holes: int = 0
    age: float | None = None
    written: float
    outcome: int | None = None
    realised: float | None = msgspec.field(default=None, name="return")


class Candle(msgspec.Struct, frozen=True, array_like=True):
    """A closed candle of the journal."""

    opened: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Halt(msgspec.Struct, frozen=True):
    """Since when no stake is given, and why."""

    since: float
    why: str


class Records(Protocol):
    """The journal, read only."""

    @property
    def sentence(self) -> str | None:
        """None, or why there is nothing to read and what to do."""

    def candle_age(self) -> float | None:
        """Seconds since the newest scored candle closed; None while there is none."""

    def count(self) -> int:
        """Of predictions."""

    def newest(self) -> list[Prediction]:
        """The rows of the newest candle."""

    def predictions(self, since: int, limit: int, version: str | None) -> list[Prediction]:
        """The newest ``limit`` rows of candles that opened at ``since`` or later, oldest first."""

    def changed(self, after: int) -> tuple[int, list[Prediction], list[Prediction]]:
        """What was written after the place ``after``: the new place, predictions, and rows whose outcome came."""

    def candles(self, since: int, limit: int) -> list[Candle]:
        """The newest ``limit`` candles that opened at ``since`` or later, oldest first."""

    def halted(self) -> Halt | None:
        """The halt that is in force."""
