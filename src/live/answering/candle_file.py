"""Candles of a file for one answer: CSV of the candle contract, or JSON rows as ccxt gives them; packed or not.

For files of any other shape there is `ingest` (docs/data.md); this reading needs numpy alone.
"""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from src.core.errors import UserError
from src.core.files import NotRegular, open_regular
from src.core.names import CANDLE_COLUMNS
from src.core.shown import shown_path
from src.live.answering.window import Window

# Bytes; ten years of one-minute candles in CSV.
LARGEST = 400_000_000
EPOCH = re.compile(r"[0-9]{9,13}")
MILLISECONDS_FROM = 100_000_000_000


def read_window(path: Path, bars: int, now: float | None = None) -> Window:
    """The newest ``bars`` candles of a file, in the order of the file.

    Args:
        path: `timestamp,open,high,low,close,volume` with a header (ISO 8601 with its zone, or an epoch in s or ms), or
            a JSON list of [ms, open, high, low, close, volume] or of such lists.
        bars: how many are wanted; fewer where the file has no more.
        now: seconds since 1970; None: the close of the last candle.

    Raises:
        UserError: missing, unreadable, or a row that is no candle: names file and row.
    """
    name = shown_path(path.name)
    text = _text(path, name)
    rows = _json_rows(text, name) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text, name)
    moments, values = [], []
    for place, row in rows:
        moments.append(_moment(row[0], place))
        values.append([_number(cell, place) for cell in row[1:]])
    if not moments:
        raise UserError(f"{name} holds no candle; give a file with at least one.")
    opened = np.array(moments[-bars:], dtype=np.int64)
    step = _timeframe(np.array(moments, dtype=np.int64))
    clock = float(opened[-1]) + step if now is None else now
    return Window(opened, np.array(values[-bars:], dtype=np.float64), clock, step)


def _timeframe(opened: np.ndarray[Any, np.dtype[np.int64]]) -> int:
    """The commonest spacing; a single candle tells none."""
    spacing, counts = np.unique(np.diff(opened), return_counts=True)
    return int(spacing[counts.argmax()]) if len(spacing) else 0


def _text(path: Path, name: str) -> str:
    try:
        with open_regular(path) as file:
            content = file.read(LARGEST + 1)
        if content[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                content = packed.read(LARGEST + 1)
    except FileNotFoundError:
        raise UserError(f"{shown_path(path)} does not exist; set CANDLES to a file of candles.") from None
    except NotRegular:
        raise UserError(f"{shown_path(path)} is no regular file; set CANDLES to a file of candles.") from None
    except (OSError, EOFError, zlib.error, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{shown_path(path)} cannot be read ({reason}); fetch it again.") from None
    if len(content) > LARGEST:
        raise UserError(f"{name} has more than {LARGEST // 1_000_000} MB; give its newest candles alone.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not UTF-8 (byte {error.start}); give CSV or JSON.") from None


def _csv_rows(text: str, name: str) -> Iterator[tuple[str, list[str]]]:
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if sorted(header) != sorted(CANDLE_COLUMNS):
            raise UserError(
                f"{name} line 1 must name the columns {','.join(CANDLE_COLUMNS)} (found {','.join(header)[:80]!r}); "
                "other shapes are read by `ingest` alone."
            )
        order = [header.index(column) for column in CANDLE_COLUMNS]
        for row in reader:
            place = f"{name} line {reader.line_num}"
            if row and len(row) != len(header):
                raise UserError(f"{place} has {len(row)} cells where {len(header)} are expected; correct it.")
            if row:
                yield place, [row[position].strip() for position in order]
    except csv.Error as error:
        raise UserError(f"{name} line {reader.line_num} is no row of a table ({error}); correct it.") from None


def _json_rows(text: str, name: str) -> Iterator[tuple[str, list[Any]]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is not whole JSON ({error}); fetch it again.") from None
    if not isinstance(document, list):
        raise UserError(f"{name} must be a list of [ms, open, high, low, close, volume]; give such rows.")
    pages = document if any(_is_page(node) for node in document) else [document]
    number = 0
    for page in pages:
        for row in page if isinstance(page, list) else [page]:
            number += 1
            if not isinstance(row, list) or len(row) != len(CANDLE_COLUMNS):
                raise UserError(f"{name} item {number} must be [ms, open, high, low, close, volume]; correct it.")
            yield f"{name} item {number}", row


def _is_page(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and isinstance(node[0], list)


def _moment(cell: Any, place: str) -> int:
    """Seconds since 1970."""
    text = str(cell)
    if EPOCH.fullmatch(text):
        number = int(text)
        return number // 1000 if number >= MILLISECONDS_FROM else number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{place}: {text[:60]!r} is neither an ISO 8601 time nor an epoch; correct it.") from None
    if moment.tzinfo is None:
        raise UserError(f"{place}: the time {text!r} names no zone; write it as 2024-08-05T10:00:00Z.")
    return int(moment.astimezone(UTC).timestamp())


def _number(cell: Any, place: str) -> float:
    """NaN and infinities too: the guard has a sentence for them."""
    try:
        # float() takes True and 1_000 as well.
        if not isinstance(cell, bool) and "_" not in str(cell):
            return float(cell)
    except (TypeError, ValueError, OverflowError):
        pass
    raise UserError(f"{place}: {str(cell)[:60]!r} is not a number; correct it.")
