"""Write the journal: one process, whole transactions, nothing changed that was written."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from src.core.errors import UserError
from src.live.journal.audit import FIRST, chained, seal
from src.live.journal.columns import TABLES, Row, columns, made, stored
from src.live.journal.lock import WriterLock
from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED, Candle, Event, Market, Prediction
from src.live.journal.schema import open_for_writing

ANSWERS = "answers"
# Rises as src/features/target.py counts them: a difference, not a quotient.
_JOIN = """
INSERT INTO outcomes (opened, horizon, threshold, change, label)
SELECT p.opened, p.horizon, p.threshold, f.close / c.close - 1, f.close - c.close > p.threshold * c.close
FROM (SELECT DISTINCT opened, horizon, threshold FROM predictions WHERE opened >= :since) p
JOIN candles c ON c.opened = p.opened
JOIN candles f ON f.opened = p.opened + p.horizon * :timeframe
WHERE p.horizon = (SELECT count(*) FROM candles b WHERE b.opened > c.opened AND b.opened <= f.opened)
ORDER BY p.opened
ON CONFLICT (opened, horizon, threshold) DO NOTHING
"""


class JournalWriter:
    """The one writer of the journal at ``path``, once it has claimed a market; ``reader`` sees what it committed.

    Every method raises ``UserError`` where the disk refuses; then nothing of the transaction was written.

    Args:
        path: the file, made where there is none.
        check: asked before each transaction; what it raises ends the transaction.

    Raises:
        UserError: another process writes it, or as ``open_for_writing``.
    """

    market: Market

    def __init__(self, path: Path, check: Callable[[], None] = lambda: None) -> None:
        self.path, self._check = path, check
        self._lock = WriterLock(path)
        try:
            self._connection = open_for_writing(path)
        except BaseException:
            self._lock.release()
            raise
        self.reader = JournalReader(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let another process write."""
        self.reader.close()
        self._connection.close()
        self._lock.release()

    def claim(self, market: Market) -> None:
        """Name the market whose candles these are.

        Raises:
            UserError: the journal holds those of another.
        """
        with self.transaction():
            self._connection.execute(
                "INSERT INTO market VALUES (1, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (market.exchange, market.symbol, market.timeframe),
            )
        found = self.reader.market()
        if found != market:
            raise UserError(
                f"the journal {self.path} holds {_told(found)}, not {_told(market)}; set `journal.path` to a file of "
                "its own."
            )
        self.market = market

    def newest(self) -> list[Prediction]:
        """The rows of the newest candle, by version; inside a transaction those that it wrote are among them."""
        found = self._connection.execute(
            f"SELECT {', '.join(columns(Prediction))} FROM predictions"
            " WHERE opened = (SELECT max(opened) FROM predictions) ORDER BY version"
        )
        return [made(Prediction, row) for row in found]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block, or nothing; on disk when the block ends."""
        self._check()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise UserError(f"the journal {self.path} cannot be written ({error}); nothing was written.") from None

    def add_candles(self, candles: Iterable[Candle]) -> None:
        """Keep closed candles; one that is known stays as it was first seen."""
        for candle in candles:
            self._insert(candle, "ON CONFLICT (opened) DO NOTHING")

    def add_event(self, made_at: float, who: str, what: str, why: str = "", **details: Any) -> Event:
        """Append to the audit chain."""
        last = self._connection.execute("SELECT number, hash FROM events ORDER BY number DESC LIMIT 1").fetchone()
        number, before = last or (0, FIRST)
        event = chained(number + 1, made_at, who, what, why, details, before)
        self._insert(event)
        return event

    def add_predictions(self, made_at: float, rows: Iterable[Prediction]) -> list[Prediction]:
        """Append answers, or missed candles, and the event that seals them; the rows with their numbers.

        ``number`` and ``event`` of what is given are not read. A candle has one row of a version, ever.
        """
        rows = list(rows)
        missed = {row.reason == MISSED for row in rows}
        if len(missed) != 1:
            raise ValueError("answers and missed candles are sealed by events of their own")
        opened = [row.opened for row in rows]
        event = self.add_event(
            made_at,
            "runner",
            MISSED if missed.pop() else ANSWERS,
            first=min(opened),
            last=max(opened),
            rows=len(rows),
            sha256=seal(rows),
        )
        numbered = []
        for row in rows:
            sealed = msgspec.structs.replace(row, event=event.number)
            numbered.append(msgspec.structs.replace(sealed, number=self._insert(sealed, but=("number",))))
        return numbered

    def join_outcomes(self, since: int) -> None:
        """Write the outcomes that became known of the candles opened at ``since`` or later that have a prediction.

        Never over a gap: where a candle of the horizon is missing, the outcome is unknown and has no row.
        """
        self._connection.execute(_JOIN, {"since": since, "timeframe": self.market.timeframe})

    def _insert(self, row: Row, end: str = "", but: tuple[str, ...] = ()) -> int:
        content = dict(zip(columns(type(row)), stored(row), strict=True))
        for name in but:
            del content[name]
        marks = ", ".join("?" * len(content))
        cursor = self._connection.execute(
            f"INSERT INTO {TABLES[type(row)]} ({', '.join(content)}) VALUES ({marks}) {end}", tuple(content.values())
        )
        return int(cursor.lastrowid or 0)


def _told(market: Market | None) -> str:
    return f"{market.exchange} {market.symbol} at {market.timeframe} s" if market else "no market"
