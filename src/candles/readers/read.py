"""Read one file, whatever its shape: packed or not, table or JSON or parquet, told by its bytes."""

import hashlib
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from src.candles.params import ColumnMapping
from src.candles.readers.binary import read_binary
from src.candles.readers.documents import read_json
from src.candles.readers.layout import body_of, decoded, head_of, layout_of
from src.candles.readers.shapes import mapped_columns, shape_of
from src.candles.readers.text import read_text
from src.candles.readers.unpack import refuse_size, unpacked
from src.candles.rows import Part
from src.core.errors import UserError
from src.core.shown import shown_path

# MetaTrader's header is <DATE> and so on.
WEB_PAGE = re.compile(r"\s*<(?!\w+>[,;\t|]\s*<)")


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
    name = shown_path(name)
    refuse_size(len(content), name)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        return [
            (table, Part(member, sha256, shape, unit))
            for member, plain in unpacked(content, name)
            for table, shape, unit in [_read_plain(plain, member, how)]
        ]
    except MemoryError:
        raise UserError(f"{name} needs more memory than there is; give candles in smaller files.") from None


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
    head = head_of(content, name)
    if body_of(head).lstrip()[:1] in {"{", "["}:
        if how.columns is not None:
            raise UserError(f"{name} is JSON, which has no columns to name; take `ingest.columns` out.")
        table, shape = read_json(body_of(decoded(content, name)), name, how.shape, how.zone)
        return table, shape, "item"
    if WEB_PAGE.match(head):
        raise UserError(f"{name} is a web page, not candles ({head.strip()[:60]!r}); fetch it again.")
    layout = layout_of(head, name)
    if how.columns is not None:
        return read_text(content, name, layout, mapped_columns(layout, how.columns, name), how.zone), "mapped", "line"
    shape, columns = shape_of(layout, how.shape, name)
    return read_text(content, name, layout, columns, how.zone), shape, "line"
