"""Write files whole or not at all, and always the same bytes for the same content."""

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from src.core.errors import UserError
from src.core.shown import shown_path

MODE = 0o644


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` in one step; a reader sees the old bytes or the new ones, never a part.

    Raises:
        UserError: the disk is full, the folder cannot be written, or a limit on the size of files is met.
    """
    try:
        _replace(path, content)
    except OSError as error:
        raise UserError(
            f"{shown_path(path)} cannot be written ({error.strerror or error}; {len(content)} bytes); what stood there "
            "is as it was: make room, or lift the limit, and run it again."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files only their owner can read.
        os.chmod(name, MODE)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """``content`` as indented UTF-8 JSON, keys in their given order; NaN is refused."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """``frame`` without its index, \\n line ends."""
    write_bytes(path, frame.to_csv(index=False, lineterminator="\n").encode())


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """``frame`` without its index; pyarrow writes no clock and no path."""
    content = frame.to_parquet(None, index=False, engine="pyarrow", compression="zstd")
    assert content is not None
    write_bytes(path, content)


def md5_of(path: Path) -> str:
    """The md5 that DVC records for a file or a folder."""
    if path.is_dir():
        return hashlib.md5(folder_listing(path), usedforsecurity=False).hexdigest() + ".dir"
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def folder_listing(folder: Path) -> bytes:
    """What DVC takes for the content of a folder: the md5 and relative path of every file, as JSON."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = [{"md5": md5_of(path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    return json.dumps(sorted(listed, key=lambda entry: entry["relpath"]), sort_keys=True).encode()
