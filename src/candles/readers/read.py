"""Read one file, whatever its shape: packed or not, table or JSON or parquet, told by its bytes."""

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from src.candles.params import ColumnMapping
from src.candles.readers.binary import read_binary
from src.candles.readers.documents import read_json
from src.candles.readers.layout import decoded, head_of, layout_of
from src.candles.readers.text import mapped_columns, read_text, shape_of
from src.candles.rows import Part
from src.core.errors import UserError

EMPTY_ZIP = b"PK\x05\x06"
# RuntimeError: an encrypted member, or a compression that zipfile does not know.
UNPACKING_ERRORS = (OSError, EOFError, RuntimeError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Reading:
    """How files are to be read: shape by name or "auto", column mapping, zone of naive times."""

    shape: str = "auto"
    columns: ColumnMapping | None = None
    zone: ZoneInfo | None = None


def read_file_content(content: bytes, name: str, how: Reading) -> list[tuple[pd.DataFrame, Part]]:
    """One table per candle file in ``content``: one, or as many as an archive holds.

    Raises:
        UserError: no candles in a known shape.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    return [
        (table, Part(member, sha256, shape, unit))
        for member, unpacked in _unpacked(content, name)
        for table, shape, unit in [_read_plain(unpacked, member, how)]
    ]


def _unpacked(content: bytes, name: str) -> list[tuple[str, bytes]]:
    try:
        if content[:2] == b"\x1f\x8b":
            return [(name, gzip.decompress(content))]
        if content[:4] in {b"PK\x03\x04", EMPTY_ZIP}:
            return _zipped(content, name)
    except UNPACKING_ERRORS as error:
        raise UserError(f"{name} cannot be unpacked ({error}); fetch it again.") from None
    return [(name, content)]


def _zipped(content: bytes, name: str) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = sorted(info.filename for info in archive.infolist() if not info.is_dir())
        if not members:
            raise UserError(f"{name} holds no file; fetch it again.")
        return [(f"{name}/{member}", archive.read(member)) for member in members]


def _read_plain(content: bytes, name: str, how: Reading) -> tuple[pd.DataFrame, str, str]:
    """The table, its shape and what its `line` counts."""
    if not content or content.isspace():
        raise UserError(f"{name} is empty; fetch it again.")
    if content[:4] == b"PAR1" or content[:6] == b"ARROW1":
        if how.shape not in {"auto", "table"}:
            raise UserError(
                f"{name} is a table of its own kind, not the shape {how.shape}; set `ingest.shape` to auto."
            )
        return read_binary(content, name, how.columns, how.zone), "table", "row"
    head = head_of(content)
    if _body(head).lstrip()[:1] in {"{", "["}:
        if how.columns is not None:
            raise UserError(f"{name} is JSON, which has no columns to name; take `ingest.columns` out.")
        table, shape = read_json(_body(decoded(content, name)), name, how.shape, how.zone)
        return table, shape, "item"
    if head.lstrip()[:1] == "<":
        raise UserError(f"{name} is a web page, not candles ({head.strip()[:60]!r}); fetch it again.")
    layout = layout_of(head, name)
    if how.columns is not None:
        return read_text(content, name, layout, mapped_columns(layout, how.columns, name), how.zone), "mapped", "line"
    shape, columns = shape_of(layout, how.shape, name)
    return read_text(content, name, layout, columns, how.zone), shape, "line"


def _body(text: str) -> str:
    """``text`` with its leading # comments blanked, so that line numbers stay."""
    lines = text.splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    return "\n" * first + "".join(lines[first:])
