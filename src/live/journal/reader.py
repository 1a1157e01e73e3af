"""Read the journal while another process writes it, and before it exists."""

import sqlite3
import threading
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from src.core.errors import UserError
from src.live.journal.audit import first_fault
from src.live.journal.columns import TABLES, Row, columns, made
from src.live.journal.rows import MISSED, Candle, Event, Market, Outcome, Pair, Prediction, Standing
from src.live.journal.schema import open_for_reading

# More rows than a journal will ever hold.
ALL = 2**62


class JournalReader:
    """Rows of the journal at ``path``; none where there is no file yet. Usable from several threads.

    Every method raises ``UserError`` where the file is no journal, one of another release, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self._lock:
            self._close()

    @property
    def exists(self) -> bool:
        """Whether a runner has begun this journal."""
        return bool(self._rows("SELECT 1"))

    def market(self) -> Market | None:
        """Whose candles they are; None before the first runner."""
        found = self._rows("SELECT exchange, symbol, timeframe FROM market")
        return Market(exchange=found[0][0], symbol=found[0][1], timeframe=found[0][2]) if found else None

    def newest(self) -> list[Prediction]:
        """The rows of the newest candle, by version."""
        return self._of(Prediction, "WHERE opened = (SELECT max(opened) FROM predictions) ORDER BY version")

    def standing(self) -> list[Standing]:
        """How each version stands that has a row of the newest candle, by version."""
        found = self._rows(
            "WITH last AS (SELECT version, max(opened) AS newest,"
            " max(opened) FILTER (WHERE probability IS NOT NULL) AS answered FROM predictions GROUP BY version)"
            " SELECT last.version, p.step, last.answered, a.probability,"
            " (SELECT count(*) FROM predictions u WHERE u.version = last.version AND u.opened > coalesce(answered, -1))"
            " FROM last JOIN predictions p ON p.version = last.version AND p.opened = last.newest"
            " LEFT JOIN predictions a ON a.version = last.version AND a.opened = last.answered"
            " WHERE last.newest = (SELECT max(opened) FROM predictions) ORDER BY last.version"
        )
        return [Standing(*row) for row in found]

    def position(self, version: str) -> float | None:
        """The last position of a version; None before the first."""
        found = self._rows(
            "SELECT position FROM predictions WHERE version = ? AND position IS NOT NULL ORDER BY opened DESC LIMIT 1",
            version,
        )
        return float(found[0][0]) if found else None

    def missed_candles(self) -> int:
        """How many candles nobody scored in time."""
        found = self._rows("SELECT count(DISTINCT opened) FROM predictions WHERE reason = ?", MISSED)
        return int(found[0][0]) if found else 0

    def predictions(self, since: int = 0, version: str | None = None, limit: int = ALL) -> list[Prediction]:
        """Rows of the candles opened at ``since`` or later, oldest first; the newest ``limit`` of them."""
        chosen = "WHERE opened >= ? AND (? IS NULL OR version = ?) ORDER BY opened DESC, version DESC LIMIT ?"
        return self._of(Prediction, chosen, since, version, version, limit)[::-1]

    def predictions_after(self, number: int, limit: int = ALL) -> list[Prediction]:
        """Rows written after the row ``number``, in the order of writing: a tail."""
        return self._of(Prediction, "WHERE number > ? ORDER BY number LIMIT ?", number, limit)

    def outcomes(self, since: int = 0) -> list[Outcome]:
        """Outcomes of the candles opened at ``since`` or later, oldest first."""
        return self._of(Outcome, "WHERE opened >= ? ORDER BY opened, horizon, threshold", since)

    def outcomes_after(self, number: int, limit: int = ALL) -> list[Outcome]:
        """Outcomes written after the row ``number``: a tail."""
        return self._of(Outcome, "WHERE number > ? ORDER BY number LIMIT ?", number, limit)

    def candles(self, since: int = 0, limit: int = ALL) -> list[Candle]:
        """Candles opened at ``since`` or later, oldest first; the newest ``limit`` of them."""
        return self._of(Candle, "WHERE opened >= ? ORDER BY opened DESC LIMIT ?", since, limit)[::-1]

    def events_after(self, number: int, limit: int = ALL) -> list[Event]:
        """Audit events after ``number``, in order."""
        return self._of(Event, "WHERE number > ? ORDER BY number LIMIT ?", number, limit)

    def last_event(self, *what: str) -> Event | None:
        """The newest audit event of the kinds ``what``; of any where none is named."""
        marks = ", ".join("?" * len(what))
        chosen = f"WHERE what IN ({marks})" if what else ""
        found = self._of(Event, f"{chosen} ORDER BY number DESC LIMIT 1", *what)
        return found[0] if found else None

    def events_of(self, *what: str) -> list[Event]:
        """All audit events of the kinds ``what``, in order."""
        return self._of(Event, f"WHERE what IN ({', '.join('?' * len(what))}) ORDER BY number", *what)

    def first_after(self, event: int) -> int:
        """Open time of the first candle that was answered or missed after the audit event; later than all before."""
        found = self._rows(
            "SELECT coalesce(min(opened) FILTER (WHERE event > ?), max(opened) + 1) FROM predictions", event
        )
        return int(found[0][0] or 0) if found else 0

    def judged(self, version: str, step: str, since: int = 0) -> int:
        """How many candles a version answered while it counted for ``step``, with a known outcome."""
        found = self._rows(
            "SELECT count(*) FROM predictions p JOIN outcomes o ON o.opened = p.opened AND o.horizon = p.horizon"
            " AND o.threshold = p.threshold"
            " WHERE p.version = ? AND p.step = ? AND p.opened >= ? AND p.probability IS NOT NULL",
            version,
            step,
            since,
        )
        return int(found[0][0]) if found else 0

    def newest_numbers(self) -> tuple[int, int, int]:
        """The last numbers of predictions, outcomes and events, to start a tail from; 0 where there is none."""
        found = self._rows(
            "SELECT (SELECT max(number) FROM predictions), (SELECT max(number) FROM outcomes),"
            " (SELECT max(number) FROM events)"
        )
        predictions, outcomes, events = found[0] if found else (0, 0, 0)
        return predictions or 0, outcomes or 0, events or 0

    def pairs(self, first: str, second: str, since: int = 0) -> list[Pair]:
        """The candles that two versions of one target both answered and whose outcome is known, oldest first."""
        found = self._rows(
            "SELECT a.opened, a.probability, b.probability, o.label, o.change"
            " FROM predictions a JOIN predictions b ON b.opened = a.opened AND b.horizon = a.horizon"
            " AND b.threshold = a.threshold"
            " JOIN outcomes o ON o.opened = a.opened AND o.horizon = a.horizon AND o.threshold = a.threshold"
            " WHERE a.version = ? AND b.version = ? AND a.opened >= ?"
            " AND a.probability IS NOT NULL AND b.probability IS NOT NULL ORDER BY a.opened",
            first,
            second,
            since,
        )
        return [Pair(*row) for row in found]

    def first_fault(self) -> str | None:
        """The first row of the audit chain, or prediction sealed by it, that was altered; None where all is sound."""
        sealed: dict[int, list[Prediction]] = defaultdict(list)
        for row in self.predictions_after(0):
            sealed[row.event].append(row)
        return first_fault(self.events_after(0), dict(sealed))

    def _of(self, kind: type[Row], chosen: str, *values: Any) -> list[Row]:
        found = self._rows(f"SELECT {', '.join(columns(kind))} FROM {TABLES[kind]} {chosen}", *values)
        return [made(kind, row) for row in found]

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            self._follow()
            if self._connection is None:
                return []
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                self._close()
                raise UserError(f"the journal {self.path} cannot be read ({error}); run it again.") from None

    def _follow(self) -> None:
        """Open the file that lies there now: it may be new, gone, or another than before."""
        try:
            found = self.path.stat()
            # A writer that is making its tables right now.
            file = (found.st_dev, found.st_ino) if found.st_size else None
        except OSError:
            file = None
        if file == self._file and (file is None or self._connection is not None):
            return
        self._close()
        if file is not None:
            self._connection = open_for_reading(self.path)
        self._file = file

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._file = None, None
