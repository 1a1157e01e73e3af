"""What stands inside a packed file, within a size that a file of candles can have."""

import gzip
import io
import itertools
import lzma
import zipfile
import zlib
from typing import IO

from src.core.errors import UserError
from src.core.shown import shown_path

# Ten years of minutes are 0.7 GB of text with the twelve columns of binance.
LARGEST = 1 << 30
PIECE = 1 << 20
EMPTY_ZIP = b"PK\x05\x06"
# RuntimeError: an encrypted member, or a compression that zipfile does not know.
ERRORS = (OSError, EOFError, RuntimeError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, MemoryError)
# What is none of the packings or tables that are read, told by its first bytes.
OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV and set `ingest.path` to that",
    b"\xfd7zXZ\x00": "packed with xz; unpack it and set `ingest.path` to the file in it",
    b"7z\xbc\xaf\x27\x1c": "packed with 7-Zip; unpack it and set `ingest.path` to the file in it",
    b"BZh": "packed with bzip2; unpack it and set `ingest.path` to the file in it",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it and set `ingest.path` to the file in it",
    b"Rar!": "packed with RAR; unpack it and set `ingest.path` to the file in it",
    b"%PDF": "a PDF; give a table",
}
TAR_MARK = slice(257, 262)


def unpacked(content: bytes, name: str) -> list[tuple[str, bytes]]:
    """The files in ``content``, each with its name: itself, or as many as an archive holds.

    Raises:
        UserError: damaged, too large, or packed in a way that is not read.
    """
    try:
        if content[:2] == b"\x1f\x8b":
            found = [(name, _gunzipped(content, name))]
        elif content[:4] in {b"PK\x03\x04", EMPTY_ZIP}:
            found = _zipped(content, name)
        else:
            found = [(name, content)]
    except ERRORS as error:
        raise UserError(f"{name} cannot be unpacked ({shown_path(str(error))}); fetch it again.") from None
    for member, plain in found:
        what = next((text for mark, text in OTHERS.items() if plain.startswith(mark)), None)
        if plain[TAR_MARK] == b"ustar":
            what = "a tar archive; unpack it and set `ingest.path` to its folder"
        if what is not None:
            raise UserError(f"{member} is {what}.")
    return found


def refuse_size(size: int, name: str) -> None:
    """``size`` in bytes can be that of candles.

    Raises:
        UserError: it is above ``LARGEST``.
    """
    if size > LARGEST:
        raise UserError(f"{name} holds more than {LARGEST >> 30} GB; give candles in smaller files.")


def read_within(stream: IO[bytes] | gzip.GzipFile, name: str) -> bytes:
    """All of ``stream``, piece by piece.

    Raises:
        UserError: it gives more than ``LARGEST``.
    """
    pieces, size = [], 0
    while piece := stream.read(PIECE):
        size += len(piece)
        refuse_size(size, name)
        pieces.append(piece)
    return b"".join(pieces)


def _gunzipped(content: bytes, name: str) -> bytes:
    with gzip.open(io.BytesIO(content)) as stream:
        return read_within(stream, name)


def _zipped(content: bytes, name: str) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        members = sorted(info.filename for info in infos)
        if not members:
            raise UserError(f"{name} holds no file; fetch it again.")
        if {"[Content_Types].xml", "xl/workbook.xml"} & set(members):
            raise UserError(f"{name} is an Excel workbook; save the sheet as CSV and set `ingest.path` to that.")
        twice = next((one for one, two in itertools.pairwise(members) if one == two), None)
        if twice is not None:
            raise UserError(f"{name} holds {shown_path(twice)} twice; take one of them out.")
        refuse_size(sum(info.file_size for info in infos), name)
        return [(f"{name}/{shown_path(member)}", archive.read(member)) for member in members]
