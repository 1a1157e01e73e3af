"""What the service reads of the journal, read only; and how the page gets it (docs/live-api.md)."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from src.live.answering.answer import Answer
from src.live.answering.window import iso
from src.live.figures import Scores, version_scores
from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED, Candle, Market, Outcome, Prediction
from src.live.running.clock import passed_since
from src.live.running.halt import Halt, halted
from src.live.settings import LiveSettings

NO_JOURNAL = "there is no journal yet: nothing was scored here; start `make live`."


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One version's row for one candle, as the page reads it; moments are epoch seconds."""

    id: int
    opened: int
    closed: int
    version: str
    step: str | None
    share: float
    probability: float | None
    probability_move: float | None
    probability_direction: float | None
    volatility: float | None
    position: float | None
    decision: str
    reason: str | None
    sentence: str | None
    outside: tuple[str, ...]
    older_holes: int
    age: float
    written: float
    outcome: int | None = None
    change: float | None = msgspec.field(default=None, name="return")


class VersionScores(msgspec.Struct, frozen=True):
    """What one version's predictions were worth, and the step it had last."""

    version: str
    step: str | None
    scores: Scores


class Records:
    """The journal, read only; nothing where there is none yet.

    Every method raises ``UserError`` where the file cannot be read.

    Args:
        root: of the checkout.
        settings: of deploy/live.yaml.
        clock: seconds since 1970, by this machine.
    """

    def __init__(self, root: Path, settings: LiveSettings, clock: Callable[[], float] = time.time) -> None:
        self.root, self.settings = root, settings
        self._path, self._clock = root / settings.journal.path, clock
        self.reader = JournalReader(self._path)

    def market(self) -> Market | None:
        """Whose candles they are; None before the first runner."""
        return self.reader.market()

    def halted(self) -> Halt | None:
        """The halt that is in force."""
        return halted(self._path, self.reader)

    def candle_age(self) -> float | None:
        """Seconds since the newest scored candle closed; None while there is none."""
        newest = self.reader.newest()
        return self._age(newest[0]) if newest else None

    def answers(self) -> list[Answer]:
        """What each version said of the newest candle, as it counts now.

        The age is that of now; an answer whose hour is over abstains as `stale`; halted, every share is 0.
        """
        market, newest = self.reader.market(), self.reader.newest()
        if market is None or not newest:
            return []
        age, is_halted = self._age(newest[0]), self.halted() is not None
        late = age > market.timeframe + self.settings.guard.overdue
        return [self._answer(row, market, age, late=late, is_halted=is_halted) for row in newest]

    def rows(self, since: int, limit: int, version: str | None) -> list[Row]:
        """The newest ``limit`` rows of candles that opened at ``since`` or later, oldest first."""
        return self._shown(self.reader.predictions(since, version, limit))

    def rows_after(self, number: int, limit: int) -> list[Row]:
        """Rows written after the row ``number``."""
        return self._shown(self.reader.predictions_after(number, limit))

    def rows_decided_after(self, number: int, limit: int) -> tuple[int, list[Row]]:
        """Rows whose outcome was written after the outcome ``number``, and the number of the last."""
        outcomes = self.reader.outcomes_after(number, limit)
        if not outcomes:
            return number, []
        opened = {one.opened for one in outcomes}
        rows = self.reader.predictions(min(opened))
        return outcomes[-1].number, self._shown([row for row in rows if row.opened in opened])

    def scores(self, since: int) -> list[VersionScores]:
        """What the predictions of each version were worth, in the order of their versions."""
        candles, by_version = self.reader.candles(since), dict[str, list[Row]]()
        for row in self._shown(self.reader.predictions(since)):
            by_version.setdefault(row.version, []).append(row)
        cost = self.settings.serve.cost
        return [
            VersionScores(version, rows[-1].step, version_scores(rows, candles, cost))
            for version, rows in sorted(by_version.items())
        ]

    def candles(self, since: int, limit: int) -> list[Candle]:
        """The newest ``limit`` candles that opened at ``since`` or later, oldest first."""
        return self.reader.candles(since, limit)

    def _age(self, row: Prediction) -> float:
        """Seconds since a row's candle closed: by the exchange's clock when it was written, and what passed since."""
        return row.age + passed_since(self.reader, row, self.settings.runner.speed, self._clock())

    def _answer(self, row: Prediction, market: Market, age: float, *, late: bool, is_halted: bool) -> Answer:
        changes: dict[str, Any] = {"age": age} | ({"share": 0.0} if is_halted else {})
        if late:
            closed = iso(row.opened + market.timeframe)
            changes |= {
                "probability": None,
                "probability_move": None,
                "probability_direction": None,
                "volatility": None,
                "position": None,
                "decision": "abstain",
                "reason": "stale",
                "sentence": f"the newest answered candle closed at {closed}, {age:.0f} s ago: `make live` is behind or "
                "stopped; look at its log.",
            }
        return msgspec.structs.replace(row.answer(market.timeframe), **changes)

    def _shown(self, rows: Sequence[Prediction]) -> list[Row]:
        market = self.reader.market()
        if market is None or not rows:
            return []
        outcomes = {
            (one.opened, one.horizon, one.threshold): one
            for one in self.reader.outcomes(min(row.opened for row in rows))
        }
        return [_row(row, market.timeframe, outcomes.get((row.opened, row.horizon, row.threshold))) for row in rows]


def guard_of(rows: Sequence[Prediction]) -> dict[str, Any] | None:
    """What the guard said of the newest candle; None before the first."""
    if not rows:
        return None
    row = rows[0]
    return {
        "opened": row.opened,
        "reason": None if row.reason == MISSED else row.reason,
        "sentence": row.sentence,
        "outside": row.outside,
        "older_holes": row.older_holes,
    }


def _row(row: Prediction, timeframe: int, outcome: Outcome | None) -> Row:
    shared = {name: getattr(row, name) for name in Row.__struct_fields__ if hasattr(row, name)}
    return Row(
        id=row.number,
        closed=row.opened + timeframe,
        written=row.made_at,
        outcome=None if outcome is None else outcome.label,
        change=None if outcome is None else outcome.change,
        **shared,
    )
