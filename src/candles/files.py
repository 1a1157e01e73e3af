"""Find candle files, prove their bytes where a sha256 is known, and read them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.candles.contract import COLUMNS
from src.candles.rows import Rows, joined
from src.candles.shapes.read import Reading, read_file_content
from src.errors import UserError


def read_candle_file(path: Path) -> pd.DataFrame:
    """The candles of ``path`` with the contract's columns and types, not yet checked for values.

    Raises:
        UserError: missing, unreadable, or of no known shape.
    """
    return read_files([path], Reading()).frame[list(COLUMNS)]


def read_files(paths: Sequence[Path], how: Reading) -> Rows:
    """The rows of local files.

    Raises:
        UserError: see ``read_candle_file``.
    """
    tables = []
    for path in paths:
        tables += read_file_content(local_bytes(path), path.name, how)
    return joined(tables)


def local_bytes(path: Path) -> bytes:
    """The content of ``path``.

    Raises:
        UserError: missing or unreadable.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; set `ingest.path` in params.yaml to a candle file.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); give a readable file.") from None


def files_below(path: Path) -> list[Path]:
    """``path`` itself, or the files of the folder in the order of their names; hidden ones are left out.

    Raises:
        UserError: an empty folder.
    """
    if not path.is_dir():
        return [path]
    inside = (file for file in path.rglob("*") if file.is_file())
    files = sorted(file for file in inside if not any(part.startswith(".") for part in file.relative_to(path).parts))
    if not files:
        raise UserError(f"{path} is an empty folder; put candle files into it or set another `ingest.path`.")
    return files


def check_provenance(path: Path) -> None:
    """Compare a bundled snapshot with the sha256 in the provenance file beside it.

    Raises:
        UserError: no provenance file, or the bytes are others.
    """
    provenance = provenance_path(path)
    try:
        expected = json.loads(provenance.read_text(encoding="utf-8"))["result"]["sha256"]
    except FileNotFoundError:
        raise UserError(
            f"{path} has no provenance file {provenance.name}; for a file of your own set `ingest.source: csv`."
        ) from None
    except (ValueError, KeyError):
        raise UserError(f"{provenance} is not a provenance document; restore it with git.") from None
    if not path.is_file():
        raise UserError(f"{path} does not exist; restore it with `git checkout -- {path.name}`.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise UserError(f"{path} is not the snapshot its provenance describes; restore it with git.")


def provenance_path(snapshot: Path) -> Path:
    """`x.csv.gz` → `x.provenance.json`, in the same folder."""
    return snapshot.with_name(snapshot.name.split(".")[0] + ".provenance.json")
