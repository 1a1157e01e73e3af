"""Whole copies of the journal in the bucket: made while it is written, and put back where there is none."""

import gzip
import os
import sqlite3
import tempfile
import zlib
from contextlib import closing
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.core.files import write_bytes
from src.live.journal.reader import JournalReader
from src.live.journal.schema import PATIENCE, open_for_reading
from src.live.replica.lease import LOST, Lost
from src.live.replica.objects import Conflict, Objects

KEY = "journal.sqlite.gz"
_SIDE_FILES = ("-wal", "-shm", "-journal")


class Label(msgspec.Struct, frozen=True):
    """The first line of a copy: who made it and how many before, so that no two copies are equal bytes."""

    holder: str
    count: int


class Copies:
    """Copies of the journal at ``path``.

    Args:
        objects: of the bucket.
        path: of the journal here.
        holder: names this process.
    """

    def __init__(self, objects: Objects, path: Path, holder: str) -> None:
        self._objects, self._path, self._holder = objects, path, holder
        self._version: str | None = None
        self._count = 0
        self._numbers: tuple[int, int, int] | None = None

    def follow(self) -> bool:
        """While another process writes: let the file here be its newest copy; whether that changed it.

        Raises:
            UserError: the bucket cannot be used, the copy is damaged, or neither it nor the file here goes on from
                the other.
        """
        if self._objects.version(KEY) == self._version or (found := self._objects.read(KEY)) is None:
            return False
        content = _unpacked(found.content)
        changed = _goes_on_from(self._path, content)
        if changed:
            _put_back(self._path, content)
        self._version = found.version
        return changed

    def take_over(self) -> None:
        """Follow once more, prove the audit chain, and write the copy anew: older holders can then write none.

        Raises:
            Lost: another process wrote one meanwhile.
            UserError: as ``follow``; or the chain is broken.
        """
        self.follow()
        with JournalReader(self._path) as reader:
            if fault := reader.first_fault():
                raise UserError(
                    f"the journal {self._path} was altered: {fault} Compare it with older copies (docs/deploy.md)."
                )
        self.write()

    def write(self) -> bool:
        """Copy the journal if it holds more than the last copy; whether it did. There may be none yet.

        Raises:
            Lost: another process wrote a copy.
            UserError: the bucket cannot be used.
        """
        with JournalReader(self._path) as reader:
            numbers = reader.newest_numbers()
            if not reader.exists or numbers == self._numbers:
                return False
        self._count += 1
        label = msgspec.json.encode(Label(self._holder, self._count))
        content = label + b"\n" + gzip.compress(_copy_of(self._path), compresslevel=6, mtime=0)
        try:
            self._version = self._objects.write(KEY, content, self._version)
        except Conflict:
            found = self._objects.read(KEY)
            if found is None or _label(found.content).holder != self._holder:
                raise Lost(LOST) from None
            # A copy of our own whose answer got lost.
            self._version = found.version
            return self.write()
        self._numbers = numbers
        return True


def _copy_of(path: Path) -> bytes:
    """The bytes of a consistent copy, by SQLite's backup API; without a write-ahead log, so that it is one file."""
    source = open_for_reading(path)
    if source is None:
        raise UserError(f"there is no journal at {path} yet.")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".copy")
    os.close(handle)
    try:
        with closing(source), closing(sqlite3.connect(name, timeout=PATIENCE)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        return Path(name).read_bytes()
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"the journal {path} cannot be copied ({error}); it is tried again.") from None
    finally:
        for suffix in ("", *_SIDE_FILES):
            Path(name + suffix).unlink(missing_ok=True)


def _label(content: bytes) -> Label:
    try:
        return msgspec.json.decode(content.partition(b"\n")[0], type=Label)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Label("an unknown process", 0)


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content.partition(b"\n")[2])
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(
            f"the copy of the journal in the bucket is damaged ({error}); bring back an older one."
        ) from None


def _goes_on_from(path: Path, content: bytes) -> bool:
    """Whether ``content`` holds more than the journal here, and all of it.

    Raises:
        UserError: each has something that the other lacks, or ``content`` is no journal.
    """
    with tempfile.TemporaryDirectory(prefix="journal-") as folder:
        other = Path(folder) / path.name
        other.write_bytes(content)
        with JournalReader(path) as ours, JournalReader(other) as theirs:
            here, there = ours.last_event(), theirs.last_event()
            if here is None or there is None:
                return there is not None
            shared = min(here.number, there.number)
            (mine,), (its,) = (reader.events_after(shared - 1, 1) for reader in (ours, theirs))
            if mine.hash != its.hash:
                raise UserError(
                    f"the journal {path} and its copy in the bucket are two different ones from event {shared} on or "
                    "before; move the one away that is not to be kept."
                )
            return there.number > here.number


def _put_back(path: Path, content: bytes) -> None:
    """Replace the journal here, of which ``content`` holds every row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in _SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    write_bytes(path, content)
