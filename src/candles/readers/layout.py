"""The first lines of a text table: its encoding, delimiter, banner, header and first row of data."""

import csv
import re
from dataclasses import dataclass

from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

HEAD_BYTES = 20_000
HEAD_LINES = 8
DELIMITERS = ",;\t|"
# An ISO 8601 date or an epoch: no header has one.
TIME = re.compile(r"\d{4}-\d{2}-\d{2}|\d{9,}(\.0*)?$")


@dataclass(frozen=True)
class Layout:
    """What the first lines of a table tell.

    Attributes:
        delimiter: between cells.
        skip: lines before the first row of data.
        header: lower-case names, or empty where the first row is data.
        names: the same names as written.
        row: the first row of data.
        banner: the line before the header, or "".
    """

    delimiter: str
    skip: int
    header: tuple[str, ...]
    names: tuple[str, ...]
    row: tuple[str, ...]
    banner: str


def decoded(content: bytes, name: str) -> str:
    """Text of UTF-8 (with or without BOM) or UTF-16 (with BOM).

    Raises:
        UserError: neither.
    """
    try:
        return content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not UTF-8 text (byte {error.start}); convert it to UTF-8.") from None


def head_of(content: bytes) -> str:
    """The first lines, whatever their encoding."""
    return content[:HEAD_BYTES].decode(_encoding(content), errors="replace")


def _encoding(content: bytes) -> str:
    return "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"


def layout_of(head: str, name: str) -> Layout:
    """Find delimiter, banner, header and first row.

    Raises:
        UserError: no line has the six or more cells a candle needs, or one before rows without a header has fewer.
    """
    lines = head.splitlines()[: HEAD_LINES * 2]
    for skip, line in enumerate(lines[:HEAD_LINES]):
        delimiter = max(DELIMITERS, key=line.count)
        cells = _cells(line, delimiter)
        if len(cells) < len(CANDLE_COLUMNS):
            continue
        banner = lines[skip - 1] if skip else ""
        if _is_data(cells):
            _refuse_short_rows(lines[:skip], name)
            return Layout(delimiter, skip, (), (), cells, banner)
        rows = 1 + (2 if _is_yfinance_multiheader(lines, skip, delimiter) else 0)
        first = _cells(lines[skip + rows], delimiter) if skip + rows < len(lines) else ()
        return Layout(delimiter, skip + rows, tuple(c.lower() for c in cells), cells, first, banner)
    shown = lines[0][:60] if lines else ""
    raise UserError(
        f"{name} is no candle table: no line with six cells among its first ({shown!r}); give another file."
    )


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []))


def _is_data(cells: tuple[str, ...]) -> bool:
    return sum(map(_is_number, cells)) >= len(CANDLE_COLUMNS) - 1 or any(TIME.match(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    """As float() sees it, nan included, and 1,000.5 and 2.5K: what a row may hold, well or badly written."""
    try:
        float(cell.replace(",", "").rstrip("KMB"))
    except ValueError:
        return False
    return True


def _refuse_short_rows(lines: list[str], name: str) -> None:
    """A banner stands before a header; before rows without one, a short line is a damaged row."""
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            raise UserError(
                f"{name} line {number} has too few cells ({line[:60]!r}) and no header follows it; "
                "correct it or take it out."
            )


def _is_yfinance_multiheader(lines: list[str], skip: int, delimiter: str) -> bool:
    heads = [_cells(line, delimiter)[:1] for line in lines[skip : skip + 3]]
    return heads[:2] == [("Price",), ("Ticker",)] and heads[2:] in ([("Date",)], [("Datetime",)])


def is_epoch(cell: str) -> bool:
    """Nine digits or more: seconds since 1970, or a finer unit."""
    return cell.isdigit() and len(cell) >= 9
