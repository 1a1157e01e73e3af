"""The tables of the journal, and how the file is opened."""

import sqlite3
from pathlib import Path

from src.core.errors import UserError

# `user_version` of the file. One of OLDER is brought up to date by the writer, and read as it is; any other is refused,
# never guessed at.
SCHEMA = 2
OLDER = 1
# What predictions got with schema 2.
_ADDED = ("volatility", "position")
# Seconds that a statement waits for another process.
PATIENCE = 10.0

_TABLES = """
CREATE TABLE market (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    exchange TEXT NOT NULL, symbol TEXT NOT NULL, timeframe INTEGER NOT NULL
) STRICT;
CREATE TABLE candles (
    opened INTEGER PRIMARY KEY,
    open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL, close REAL NOT NULL, volume REAL NOT NULL
) STRICT;
CREATE TABLE events (
    number INTEGER PRIMARY KEY, made_at REAL NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL,
    details TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TABLE predictions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    opened INTEGER NOT NULL, version TEXT NOT NULL, step TEXT, share REAL NOT NULL,
    probability REAL, probability_move REAL, probability_direction REAL,
    decision TEXT NOT NULL, reason TEXT, sentence TEXT, outside TEXT NOT NULL, older_holes INTEGER NOT NULL,
    made_at REAL NOT NULL, age REAL NOT NULL, latency REAL,
    trading_ready INTEGER NOT NULL, trading_reason TEXT NOT NULL, proof TEXT NOT NULL, graph_md5 TEXT NOT NULL,
    horizon INTEGER NOT NULL, threshold REAL NOT NULL, event INTEGER NOT NULL REFERENCES events (number),
    volatility REAL, position REAL,
    UNIQUE (opened, version),
    CHECK ((probability IS NULL) = (reason IS NOT NULL))
) STRICT;
CREATE INDEX predictions_of_event ON predictions (event);
CREATE TABLE outcomes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    opened INTEGER NOT NULL, horizon INTEGER NOT NULL, threshold REAL NOT NULL,
    change REAL NOT NULL, label INTEGER NOT NULL CHECK (label IN (0, 1)),
    UNIQUE (opened, horizon, threshold)
) STRICT;
"""


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """The journal at ``path``, which cannot be written through this connection; None where it has no tables yet.

    Raises:
        UserError: it cannot be opened, is no journal, or one of another release.
    """
    connection = _opened(path, "ro")
    if _is_empty(connection):
        connection.close()
        return None
    return connection


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The journal at ``path``, made where there is none; what was committed survives a kill and a power cut.

    Raises:
        UserError: as ``open_for_reading``; or its folder cannot be written, or lies on a network.
    """
    from src.live.journal.place import check_place

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"the folder of the journal {path} cannot be made ({error.strerror}); set `journal.path`."
        ) from None
    check_place(path)
    return _opened(path, "rwc")


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )
        if mode == "rwc":
            _prepare(connection)
        _check(connection, path)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise UserError(f"the journal {path} cannot be opened ({error}); see `journal.path`.") from None
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # In one transaction: a kill leaves the tables, or an empty file that the next start fills.
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        elif _version(connection) == OLDER:
            for name in _ADDED:
                connection.execute(f"ALTER TABLE predictions ADD COLUMN {name} REAL")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection, path: Path) -> None:
    found = _version(connection)
    if found == OLDER:
        # Until the writer adds the columns; then the view's first ones of these names are the table's own.
        missing = ", ".join(f"NULL AS {name}" for name in _ADDED)
        connection.execute(f"CREATE TEMP VIEW predictions AS SELECT *, {missing} FROM main.predictions")
    elif found != SCHEMA and not _is_empty(connection):
        raise UserError(f"{path} is a journal of schema {found}, and this release reads {SCHEMA}; set `journal.path`.")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
