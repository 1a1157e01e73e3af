"""Where a study is kept: a journal file that survives SIGKILL, or a database that several machines share."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO, Any, cast

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend

from src.core.errors import UserError

FOLDER = Path(".cache/tune")
ATTEMPTS = 3


class KernelLock:
    """A lock on the file itself, which the kernel gives back when its process is killed; Optuna's own stay 30 s."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: IO[bytes] | None = None

    def acquire(self) -> bool:
        file = self._path.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        self._held = file
        return True

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


def open_storage(root: Path, name: str, url: str | None) -> BaseStorage:
    """The storage of the study ``name``: the database ``url``, or without one a journal below ``root``.

    Raises:
        UserError: a database that does not answer, or a name that cannot be that of a file.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if url:
        return _database(url)
    path = journal_path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = KernelLock(path)
    lock.acquire()
    try:
        _cut_half_line(path)
    finally:
        lock.release()
    return JournalStorage(JournalFileBackend(str(path), lock_obj=cast(Any, lock)))


def _database(url: str) -> BaseStorage:
    for attempt in range(ATTEMPTS):
        try:
            return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
        # Its drivers have errors of their own. Two machines that begin at once may both make the tables: try again.
        except Exception as error:
            if attempt + 1 == ATTEMPTS:
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
                raise UserError(f"the storage of the study cannot be opened ({reason}); correct STORAGE.") from None
            time.sleep(1)
    raise AssertionError


def journal_path(root: Path, name: str) -> Path:
    """The journal of the study ``name``.

    Raises:
        UserError: a name that cannot be that of a file.
    """
    if not name or not all(letter.isalnum() or letter in "._-" for letter in name) or name.startswith("."):
        raise UserError(f"{name!r} cannot name a study; take letters, digits, - and _, as in STUDY=tune.")
    return root / FOLDER / f"{name}.journal"


def _cut_half_line(path: Path) -> None:
    """A process that was killed while it wrote leaves a line without its end, which Optuna would not read."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
