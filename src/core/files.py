"""Write files whole or not at all, and always the same bytes for the same content."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    # Loading it takes half a second, and half of those who write a file have no table.
    import pandas as pd

from src.core.errors import UserError
from src.core.shown import shown_path

MODE = 0o644
_REMEDIES = (
    ({errno.ENOSPC, errno.EFBIG, errno.EDQUOT}, "make room, or lift the limit"),
    ({errno.EACCES, errno.EPERM, errno.EROFS}, "make its folder writable"),
    ({errno.EISDIR, errno.ENOTDIR, errno.EEXIST}, "remove what is in the way"),
)


class NotRegular(OSError):
    """What lies there is no regular file."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EINVAL, "not a regular file", str(path))


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` in one step; a reader sees the old bytes or the new ones, never a part.

    Raises:
        UserError: the disk is full, the folder cannot be written, something is in the way, or a limit on the size of
            files is met.
    """
    try:
        _replace(path, content)
    except OSError as error:
        remedy = next((f"{remedy}, and " for numbers, remedy in _REMEDIES if error.errno in numbers), "")
        raise UserError(
            f"{shown_path(path)} cannot be written ({error.strerror or error}; {len(content)} bytes); what stood there "
            f"is as it was: {remedy}run it again."
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


def read_parquet(path: Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """The table in a parquet file that the pipeline made, with at least ``columns``.

    Raises:
        UserError: it is missing, unreadable, or lacks a column.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"{shown_path(path)} cannot be read ({reason}); run `make repro`.") from None
    if missing := [name for name in columns if name not in table]:
        raise UserError(f"{shown_path(path)} has no column {', '.join(missing)}; run `make repro`.")
    return table


def open_regular(path: Path) -> BinaryIO:
    """``path`` opened for reading, if it is a regular file: a FIFO would hang, a device never end.

    Raises:
        NotRegular: a folder, a FIFO, a socket or a device.
        OSError: missing or unreadable.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotRegular(path)
    return os.fdopen(handle, "rb")


def is_special(path: Path) -> bool:
    """Whether something lies there that is neither a regular file nor a folder: a FIFO, a socket, a device."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def read_regular(path: Path) -> bytes:
    """The bytes of a regular file; raises as ``open_regular``."""
    with open_regular(path) as file:
        return file.read()


def md5_of(path: Path) -> str:
    """The md5 that DVC records for a file or a folder; raises as ``open_regular``."""
    return md5_of_bytes(folder_listing(path)) + ".dir" if path.is_dir() else _file_md5(path)


def md5_of_bytes(content: bytes) -> str:
    """The md5 of ``content``, as DVC writes it."""
    return _digest([content])


def _file_md5(path: Path) -> str:
    with open_regular(path) as file:
        return _digest(iter(lambda: file.read(1 << 20), b""))


def _digest(chunks: Iterable[bytes]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def folder_listing(folder: Path) -> bytes:
    """What DVC takes for the content of the files in a folder; raises as ``open_regular``."""
    return listing({path.relative_to(folder).as_posix(): _file_md5(path) for path in files_below(folder)})


def files_below(folder: Path) -> list[Path]:
    """Everything below ``folder`` but folders; a link to a folder counts as a file, and is not followed."""
    return [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def listing(md5s: Mapping[str, str]) -> bytes:
    """What DVC takes for the content of a folder: the md5 and relative path of every file, as JSON."""
    listed = [{"md5": md5, "relpath": relpath} for relpath, md5 in sorted(md5s.items())]
    return json.dumps(listed, sort_keys=True).encode()
