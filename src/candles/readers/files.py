"""Find candle files, prove their bytes where a sha256 is known, and read them."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from src.candles.readers.read import Reading, read_file_content
from src.candles.readers.unpack import refuse_size
from src.candles.rows import Rows, joined
from src.core.errors import UserError
from src.core.files import NotRegular, open_regular
from src.core.names import CANDLE_COLUMNS
from src.core.shown import shown_path

LONGEST_SHOWN = 200


def read_candle_file(path: Path) -> pd.DataFrame:
    """The candles of ``path`` with the contract's columns and types, not yet checked for values.

    Raises:
        UserError: missing, unreadable, or of no known shape.
    """
    return read_files([path], Reading()).frame[list(CANDLE_COLUMNS)]


def read_files(paths: Sequence[Path], how: Reading, folder: Path | None = None) -> Rows:
    """The rows of local files, named as they stand below ``folder``.

    Raises:
        UserError: see ``read_candle_file``.
    """
    tables = []
    for path in paths:
        name = path.name if folder is None or path == folder else path.relative_to(folder).as_posix()
        tables += read_file_content(local_bytes(path), name, how)
    return joined(tables)


def local_bytes(path: Path, key: str = "ingest.path") -> bytes:
    """The content of ``path``, which params.yaml names at ``key``.

    Raises:
        UserError: missing, unreadable, too large or not a regular file: a pipe or a device may never end.
    """
    try:
        with open_regular(path) as file:
            refuse_size(os.fstat(file.fileno()).st_size, _shown(path))
            return file.read()
    except FileNotFoundError:
        raise UserError(f"{_shown(path)} does not exist; set `{key}` in params.yaml to a candle file.") from None
    except NotRegular:
        what = "a folder" if path.is_dir() else "not a regular file"
        raise UserError(f"{_shown(path)} is {what}; set `{key}` in params.yaml to a candle file.") from None
    # ValueError: a path with a NUL.
    except (OSError, ValueError) as error:
        raise UserError(f"{_shown(path)} cannot be read ({_reason(error)}); set `{key}` to a readable file.") from None


def files_below(path: Path) -> list[Path]:
    """``path`` itself, or the files of the folder in the order of their names; hidden ones are left out.

    Raises:
        UserError: an empty folder, or something in it that cannot be read; nothing is passed over.
    """
    try:
        if not path.is_dir():
            return [path]
        files = sorted(_walk(path))
        odd = [file for file in files if not file.is_file()]
    except (OSError, ValueError) as error:
        where = error.filename if isinstance(error, OSError) and error.filename else path
        raise UserError(
            f"{_shown(where)} cannot be read ({_reason(error)}); mend it or set another `ingest.path`."
        ) from None
    if odd:
        raise UserError(f"{_shown(odd[0])} is neither a file nor a link to one; take it out of the folder.")
    if not files:
        raise UserError(f"{_shown(path)} is an empty folder; put candle files into it or set another `ingest.path`.")
    return files


def _walk(folder: Path) -> Iterator[Path]:
    """What is not hidden and no folder; a link to a folder is not followed, so it is given, too."""

    def fail(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if Path(place, name).is_symlink()]
        yield from (Path(place, name) for name in [*names, *links] if not name.startswith("."))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _shown(path: object) -> str:
    """A path too long to read is cut."""
    text = shown_path(str(path))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def check_provenance(path: Path) -> None:
    """Compare a bundled snapshot with the sha256 in the provenance file beside it.

    Raises:
        UserError: no provenance file, or the bytes are others.
    """
    provenance = provenance_path(path)
    try:
        document = provenance.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            f"{_shown(path)} has no provenance file {shown_path(provenance.name)}; "
            "for a file of your own set `ingest.source: csv`."
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(f"{_shown(provenance)} cannot be read ({_reason(error)}); restore it with git.") from None
    try:
        expected = json.loads(document)["result"]["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"{_shown(provenance)} is not a provenance document; restore it with git.") from None
    if not path.is_file():
        raise UserError(f"{_shown(path)} does not exist; restore it with `git checkout -- {shown_path(path.name)}`.")
    if hashlib.sha256(local_bytes(path)).hexdigest() != expected:
        raise UserError(f"{_shown(path)} is not the snapshot its provenance describes; restore it with git.")


def provenance_path(snapshot: Path) -> Path:
    """`x.csv.gz` → `x.provenance.json`, in the same folder."""
    return snapshot.with_name(snapshot.name.split(".")[0] + ".provenance.json")
