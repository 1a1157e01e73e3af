"""Locks of the operating system, which end with the process that holds them: one writer of a journal, for example."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from src.core.errors import UserError


class WriterLock:
    """Held from here until ``release``, or until this process ends, however it ends.

    Args:
        journal: the file to write; the lock is a file beside it.

    Raises:
        UserError: another process holds it; names that process.
    """

    def __init__(self, journal: Path) -> None:
        path = journal.with_name(f"{journal.name}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UserError(f"{path} cannot be made ({error.strerror}); set `journal.path`.") from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._handle, 20, 0).decode(errors="replace").strip()
            os.close(self._handle)
            raise UserError(
                f"process {holder or 'unknown'} writes the journal {journal} already; stop it first, or set "
                "`journal.path` to another file."
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another process write."""
        with contextlib.suppress(OSError):
            os.close(self._handle)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time: a second one waits until the block of the first ends, or its process.

    Args:
        path: of the lock, made where it is missing.

    Raises:
        UserError: it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UserError(f"{path} cannot be made ({error.strerror}); make its folder writable.") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
