"""The queue: an SQLite file beside the journal, which any process of the machine may add to."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from src.core.errors import UserError
from src.notices.rows import READY, REFUSED, SENT, Message, Notice

SCHEMA = 1
DAY = 86_400
_TABLES = """
CREATE TABLE notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT, made_at REAL NOT NULL, event TEXT NOT NULL, text TEXT NOT NULL,
    facts TEXT NOT NULL, key TEXT UNIQUE
) STRICT;
CREATE TABLE messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, state TEXT NOT NULL, name TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, text TEXT NOT NULL, attempts INTEGER NOT NULL,
    not_before REAL NOT NULL, marked_at REAL NOT NULL, answer TEXT NOT NULL
) STRICT;
CREATE INDEX messages_of_target ON messages (target, number);
CREATE TABLE places (reader TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
"""
_MESSAGE = ", ".join(Message.__struct_fields__)
_NOTICE = ", ".join(Notice.__struct_fields__)


def notices_file(journal: Path) -> Path:
    """Where the queue for a journal lies."""
    return journal.with_name(f"{journal.name}.notices")


class Queue:
    """Notices and messages; usable from several threads. Every method raises ``UserError`` where the disk refuses.

    Args:
        path: the file, made where there is none when something is first written.
        patience: seconds that a statement waits for another process.
    """

    def __init__(self, path: Path, patience: float = 10.0) -> None:
        self.path, self._patience = path, patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            self._close()

    def add(self, made_at: float, event: str, text: str, facts: Mapping[str, object], key: str | None = None) -> bool:
        """Keep a notice; one whose ``key`` is known is not kept again. Whether it was kept."""
        content = msgspec.json.encode(facts, enc_hook=str).decode()
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO notices (made_at, event, text, facts, key) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO NOTHING",
                (made_at, event, text, content, key),
            )
            return cursor.rowcount > 0

    def open_message(self, target: str) -> Message | None:
        """The message to ``target`` that is neither sent nor refused."""
        found = self._rows(
            f"SELECT {_MESSAGE} FROM messages WHERE target = ? AND state NOT IN (?, ?) ORDER BY number LIMIT 1",
            target,
            SENT,
            REFUSED,
        )
        return Message(*found[0]) if found else None

    def waiting(self, target: str, now: float) -> list[Notice]:
        """Notices that no message to ``target`` holds; a target that is new gets those of the last day."""
        last = self._rows("SELECT max(last) FROM messages WHERE target = ?", target)[0][0]
        since = now - DAY if last is None else 0.0
        chosen = f"SELECT {_NOTICE} FROM notices WHERE number > ? AND made_at >= ? ORDER BY number"
        return [Notice(*row) for row in self._rows(chosen, last or 0, since)]

    def notices_of(self, message: Message) -> list[Notice]:
        """The notices that a message holds."""
        chosen = f"SELECT {_NOTICE} FROM notices WHERE number BETWEEN ? AND ? ORDER BY number"
        return [Notice(*row) for row in self._rows(chosen, message.first, message.last)]

    def add_message(self, target: str, notices: Sequence[Notice], text: str, now: float) -> Message:
        """Put notices into a message."""
        given = (target, READY, uuid.uuid4().hex, notices[0].number, notices[-1].number, text, 0, 0.0, now, "")
        with self._transaction() as connection:
            marks = ", ".join("?" * len(given))
            cursor = connection.execute(
                f"INSERT INTO messages ({_MESSAGE.removeprefix('number, ')}) VALUES ({marks})", given
            )
            return Message(int(cursor.lastrowid or 0), *given)

    def mark(self, message: Message, **changes: Any) -> Message:
        """Write the changed fields of a message; on disk when this returns."""
        assignments = ", ".join(f"{name} = ?" for name in changes)
        with self._transaction() as connection:
            connection.execute(
                f"UPDATE messages SET {assignments} WHERE number = ?", (*changes.values(), message.number)
            )
        return msgspec.structs.replace(message, **changes)

    def messages(self, target: str | None = None) -> list[Message]:
        """All messages, oldest first."""
        chosen = f"SELECT {_MESSAGE} FROM messages WHERE ? IS NULL OR target = ? ORDER BY number"
        return [Message(*row) for row in self._rows(chosen, target, target)]

    def place(self, reader: str) -> int | None:
        """How far a reader of something else came; None before its first ``set_places``."""
        found = self._rows("SELECT number FROM places WHERE reader = ?", reader)
        return int(found[0][0]) if found else None

    def set_places(self, places: Mapping[str, int]) -> None:
        """Remember how far readers came, all or none."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO places VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET number = excluded.number",
                list(places.items()),
            )

    def forget(self, before: float) -> None:
        """Remove what was told before that time; the newest message of each target says how far it came, and stays."""
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM messages WHERE marked_at < ? AND state IN (?, ?)"
                " AND number NOT IN (SELECT max(number) FROM messages GROUP BY target)",
                (before, SENT, REFUSED),
            )
            connection.execute("DELETE FROM notices WHERE made_at < ?", (before,))

    def _rows(self, statement: str, *values: Any) -> list[Any]:
        with self._used() as connection:
            return connection.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._used() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._opened()
            except sqlite3.Error as error:
                self._close()
                raise UserError(f"the notices in {self.path} cannot be kept ({error}).") from None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UserError(f"the folder of {self.path} cannot be made ({error.strerror}).") from None
            self._connection = sqlite3.connect(
                self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            self._prepare(self._connection)
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if found == 0:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
        if found not in (0, SCHEMA):
            self._close()
            raise UserError(f"{self.path} is of another release (schema {found}); move it away.")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
