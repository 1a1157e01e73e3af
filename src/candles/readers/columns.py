"""Turn text cells into times and numbers, or say which cell is neither."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.candles.contract import DTYPE, from_micros
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

# Bitcoin's first block was mined in January 2009; 2100 separates seconds from milliseconds and so on.
EPOCH_RANGE_SECONDS = (1_230_768_000, 4_102_444_800)
EPOCH_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
# 19 digits that begin with 9 do not fit into 64 bits.
EPOCH = r"(?:[0-9]{9,18}|[1-8][0-9]{18})(?:\.0*)?"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# 1,000.5 and 12,345; not 100,00, nor 0,125: those are decimal commas.
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
SUFFIXES = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
NAIVE = r"\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?)?"
ZONED = NAIVE + r" ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)"


@dataclass(frozen=True)
class Columns:
    """Which position holds what.

    Attributes:
        positions: of timestamp, open, high, low, close, volume.
        time_format: of strptime; None: ISO 8601 or an epoch, whose unit its size tells.
        zone: what naive times are, where the shape itself says so.
        decorated: numbers may have thousands separators and end in K, M or B.
        clock: position of the time of day, where a column of its own follows the date.
        other_volume: position of the volume that is taken where the first is 0 in every row.
    """

    positions: tuple[int, ...]
    time_format: str | None = None
    zone: str | None = None
    decorated: bool = False
    clock: int | None = None
    other_volume: int | None = None


@dataclass(frozen=True)
class Cells:
    """The text of the six columns, and where each row stands."""

    name: str
    unit: str
    lines: Sequence[int]
    columns: tuple[Sequence[str], ...]

    def place(self, row: int) -> str:
        return f"{self.unit} {self.lines[row]}"


def refuse_shared(name: str, sources: Sequence[int] | Sequence[str]) -> None:
    """A mapping, ``sources`` in the order of the contract, gives each role a column of its own.

    Raises:
        UserError: one source column has two roles.
    """
    for later, source in enumerate(sources):
        earlier = sources.index(source)
        if earlier != later:
            raise UserError(
                f"{name}: `ingest.columns.{CANDLE_COLUMNS[earlier]}` and `ingest.columns.{CANDLE_COLUMNS[later]}` "
                "name the same column; give each its own."
            )


def typed(cells: Cells, columns: Columns, zone: ZoneInfo | None) -> pd.DataFrame:
    """The contract's columns and `line`.

    Raises:
        UserError: a cell is not a number or not a time, or a time names no zone and none was told.
    """
    frame = {"timestamp": _times(cells, columns, zone)}
    for name, texts in zip(CANDLE_COLUMNS[1:], cells.columns[1:], strict=True):
        frame[name] = _numbers(cells, name, texts, columns.decorated)
    return pd.DataFrame(frame | {"line": np.asarray(cells.lines, dtype="int32")})


def _numbers(cells: Cells, name: str, texts: Sequence[str], decorated: bool) -> NDArray[np.float64]:
    values = np.array([_number(text, decorated) for text in texts], dtype="float64")
    bad = np.isnan(values).nonzero()[0]
    if len(bad):
        row = int(bad[0])
        hint = " (decimal commas are not read: write a decimal point)" if "," in texts[row] else ""
        raise UserError(
            f"{cells.name}: {name} is not a number in {len(bad)} rows "
            f"(first: {cells.place(row)}, {texts[row]!r}); correct the file{hint}."
        )
    return values


def _number(text: str, decorated: bool) -> float:
    text = text.strip()
    factor = 1
    if decorated:
        factor = SUFFIXES.get(text[-1:], 1)
        text = text[:-1] if factor > 1 else text
        text = text.replace(",", "") if THOUSANDS.fullmatch(text) else text
    # Stricter than float(), which takes 1_000 and nan; the contract refuses infinity.
    if NUMBER.fullmatch(text):
        # 8.05K is 8050, not 8050.000000000001.
        return float(Decimal(text) * factor) if factor > 1 else float(text)
    return math.inf if text.lower().lstrip("+-") in {"inf", "infinity"} else math.nan


def _times(cells: Cells, columns: Columns, zone: ZoneInfo | None) -> pd.Series:
    text = pd.Series(list(cells.columns[0]), dtype="str").str.strip()
    told = zone
    if columns.zone is not None:
        refuse_told_zone(cells.name, zone, "are UTC in files of this shape")
        told, zone = None, ZoneInfo(columns.zone)
    if columns.time_format is not None:
        has_zone = "%z" in columns.time_format or "%Z" in columns.time_format
        if has_zone:
            refuse_told_zone(cells.name, told, "name their zone, as `ingest.columns.time_format` says")
        parsed = pd.to_datetime(text, format=columns.time_format, errors="coerce", utc=has_zone)
        _refuse_unparsed(cells, text, parsed.isna(), f"a time of the form {columns.time_format}")
        return parsed.astype(DTYPE) if has_zone else _placed(cells, text, parsed, zone)
    epoch = text.str.fullmatch(EPOCH).to_numpy(dtype=bool)
    if epoch.sum() * 2 > len(text):
        _refuse_unparsed(cells, text, pd.Series(~epoch), "an epoch in s, ms, µs or ns as the other rows")
        refuse_told_zone(cells.name, told, "are epochs, which are UTC")
        return epoch_times(cells.name, text.str.replace(r"\..*", "", regex=True).astype("int64").to_numpy(), cells)
    zoned, naive = text.str.fullmatch(ZONED).to_numpy(dtype=bool), text.str.fullmatch(NAIVE).to_numpy(dtype=bool)
    # Naive times as if they were UTC; then whatever the reader takes for a zone breaks nothing.
    moments = pd.to_datetime(text.where(zoned | naive), utc=True, format="ISO8601", errors="coerce").astype(DTYPE)
    _refuse_unparsed(cells, text, moments.isna(), "an ISO 8601 time")
    if zoned.any():
        refuse_told_zone(cells.name, told, f"name their zone in {int(zoned.sum())} of {len(text)} rows")
    if zone is None:
        _refuse_naive(cells, text, naive)
    return moments if zone is None or zoned.all() else _placed(cells, text, moments.dt.tz_localize(None), zone)


def _refuse_naive(cells: Cells, text: pd.Series, naive: NDArray[np.bool_]) -> None:
    if naive.any():
        row = int(naive.nonzero()[0][0])
        mend = (
            "set `ingest.timezone`, for example to UTC"
            if naive.all()
            else "write the zone into every row, or into none and set `ingest.timezone`"
        )
        raise UserError(
            f"{cells.name}: timestamp names no time zone in {int(naive.sum())} rows "
            f"(first: {cells.place(row)}, {text.iloc[row]!r}); {mend}."
        )


def refuse_told_zone(name: str, zone: ZoneInfo | None, why: str) -> None:
    """`ingest.timezone` is for times that name no zone; beside others it would change nothing.

    Raises:
        UserError: it is told.
    """
    if zone is not None:
        raise UserError(f"{name}: its times {why}, so `ingest.timezone` {zone} has no effect there; take it out.")


def _placed(cells: Cells, text: pd.Series, naive: pd.Series, zone: ZoneInfo | None) -> pd.Series:
    """Naive times put into ``zone``."""
    if zone is None:
        _refuse_naive(cells, text, np.ones(len(text), dtype=bool))
        return naive
    try:
        placed = naive.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        unclear = placed.isna().to_numpy().nonzero()[0]
        if len(unclear):
            row = int(unclear[0])
            raise UserError(
                f"{cells.name}: {len(unclear)} times are there twice or never in {zone}, where the clock is put back "
                f"or forward (first: {cells.place(row)}, {text.iloc[row]!r}); give times in UTC."
            )
        return placed.dt.tz_convert("UTC").astype(DTYPE)
    except (ValueError, NotImplementedError, OverflowError):
        # The first and the last day of the calendar have no UTC time everywhere.
        raise UserError(f"{cells.name}: a time is too early or too late to be put into {zone}; correct it.") from None


def _refuse_unparsed(cells: Cells, text: pd.Series, bad: pd.Series, wanted: str) -> None:
    if bad.any():
        row = int(bad.to_numpy().nonzero()[0][0])
        raise UserError(
            f"{cells.name}: timestamp {text.iloc[row]!r} at {cells.place(row)} is not {wanted} "
            f"({int(bad.sum())} such rows); correct it."
        )


def epoch_times(name: str, numbers: NDArray[np.int64], cells: Cells | None = None) -> pd.Series:
    """UTC times of epochs in s, ms, µs or ns; each row's unit is told by its size.

    Raises:
        UserError: a number is no time between 2009 and 2100 in any unit.
    """
    low, high = EPOCH_RANGE_SECONDS
    micros = np.zeros(len(numbers), dtype="int64")
    known = np.zeros(len(numbers), dtype=bool)
    for unit in EPOCH_UNITS:
        fits = (numbers >= low * unit) & (numbers < high * unit)
        known |= fits
        scaled = numbers * (1_000_000 // unit) if unit <= 1_000_000 else numbers // 1_000
        micros = np.where(fits, scaled, micros)
    if not known.all():
        row = int((~known).nonzero()[0][0])
        where = cells.place(row) if cells else f"row {row + 1}"
        raise UserError(
            f"{name}: timestamp {numbers[row]} at {where} is no epoch between 2009 and 2100 in s, ms, µs or ns "
            f"({int((~known).sum())} such rows); correct it."
        )
    return from_micros(micros)
