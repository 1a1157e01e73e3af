"""The first lines of a text table: its encoding, delimiter, banner, header and first row of data."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

HEAD_BYTES = 20_000
HEAD_LINES = 8
DELIMITERS = ",;\t|"
# An ISO 8601 date, MetaTrader's, or an epoch: no header has one.
TIME = re.compile(r"\d{4}-\d{2}-\d{2}|\d{4}\.\d{2}\.\d{2}$|\d{9,}(\.0*)?$")
# The one reading of text: other characters that Unicode calls line ends belong to their line.
LINE_END = re.compile(r"\r\n|\n|\r")
BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


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

    @property
    def width(self) -> int:
        """How many cells every row has."""
        return len(self.names or self.row)


def decoded(content: bytes, name: str) -> str:
    """Text of UTF-8 (with or without BOM), UTF-16 or UTF-32 (with BOM).

    Raises:
        UserError: none of them, or with a character that no text has.
    """
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not {error.encoding} text (byte {error.start}); convert it to UTF-8.") from None
    if "\0" in text:
        line = len(LINE_END.findall(text, 0, text.index("\0"))) + 1
        raise UserError(f"{name} line {line} has a NUL character, so it is damaged; fetch it again.")
    return text


def head_of(content: bytes, name: str) -> str:
    """The first lines, whatever their encoding.

    Raises:
        UserError: no text.
    """
    head = content[:HEAD_BYTES]
    text = head.decode(_encoding(content), errors="replace")
    # A NUL or two is a damaged cell, which has a sentence of its own.
    if text.count("\0") > len(text) // 8:
        raise UserError(
            f"{name} is no text in UTF-8 (every other byte or so is 0: UTF-16 or UTF-32 without a mark, or no text at "
            "all); convert it to UTF-8, or give an intact file."
        )
    return text


def _encoding(content: bytes) -> str:
    return next((name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8-sig")


def is_plain(content: bytes) -> bool:
    """UTF-8 without quotes, NUL or hexadecimal numbers, which other readers see in other ways."""
    # One letter is searched for ten times faster than two.
    hexadecimal = any(letter in content and b"0" + letter in content for letter in (b"x", b"X"))
    if hexadecimal or any(odd in content for odd in (b'"', b"\0")) or _encoding(content) != "utf-8-sig":
        return False
    try:
        return content.isascii() or bool(content.decode())
    except UnicodeDecodeError:
        return False


def body_of(text: str) -> str:
    """``text`` with its leading # comments blanked, so that line numbers stay."""
    found = re.match(r"(?:(?:[^\S\r\n]*|#[^\r\n]*)(?:\r\n|\n|\r))*", text)
    end = found.end() if found else 0
    return "\n" * len(LINE_END.findall(text, 0, end)) + text[end:]


def lines_of(content: bytes, name: str) -> Iterator[str]:
    """The lines with their ends, one by one.

    Raises:
        UserError: not text; or a line is longer than a row of candles can be.
    """
    decoded(content, name)
    # newline="": ends are those of ``LINE_END``, and stay as they are.
    stream = io.TextIOWrapper(io.BytesIO(content), _encoding(content), newline="")
    number = 0
    while line := stream.readline(HEAD_BYTES + 1):
        number += 1
        if len(line) > HEAD_BYTES:
            raise UserError(
                f"{name} line {number} is longer than {HEAD_BYTES} characters, so it is no row of candles; "
                "give an intact file."
            )
        yield line


def layout_of(head: str, name: str) -> Layout:
    """Find delimiter, banner, header and first row.

    Raises:
        UserError: no line has the six or more cells a candle needs, or one before rows without a header has fewer.
    """
    lines = LINE_END.split(head, HEAD_LINES * 2)[: HEAD_LINES * 2]
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
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return ()


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
