"""The places that hold an output's bytes: workspace, cache and remote, each with read, write and remove."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from src.artifacts.lock import Output
from src.core.errors import UserError
from src.core.files import read_regular, write_bytes
from src.core.shown import shown_path


class Place(Protocol):
    """Where copies of outputs lie."""

    name: str

    def read(self, output: Output) -> bytes:
        """The bytes of the copy there.

        Raises:
            FileNotFoundError: there is none.
            OSError: it cannot be read, or is no regular file.
        """

    def replace(self, output: Output, content: bytes) -> None:
        """Put ``content`` in the place of the copy there is, if any."""

    def remove(self, output: Output) -> bool:
        """Remove the copy; False when there was none."""


@dataclass
class Workspace:
    """The files of the working tree."""

    root: Path
    name: str = "workspace"

    def read(self, output: Output) -> bytes:
        """The file's bytes, or the listing of the folder."""
        return output.read(self.root)

    def replace(self, output: Output, content: bytes) -> None:
        """Write the file in one step.

        Raises:
            UserError: there is a folder in its place.
        """
        path = output.inside(self.root)
        if path.is_dir():
            raise _in_the_way(output.path)
        write_bytes(path, content)

    def remove(self, output: Output) -> bool:
        """Remove the file, or the folder with all its files; False when there was none.

        Raises:
            UserError: there is a folder in the place of a file.
        """
        path = output.inside(self.root)
        if output.is_folder and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
            return True
        return _unlink(path, output.path)


@dataclass
class Store:
    """A DVC object database: the cache or the remote."""

    name: str
    database: Any

    def read(self, output: Output) -> bytes:
        """The object's bytes, read now: nothing that DVC or fsspec remembers is trusted."""
        if file := self.file(output):
            return read_regular(file)
        self.database.fs.fs.invalidate_cache()
        content: bytes = self.database.fs.fs.cat_file(self.database.oid_to_path(output.md5))
        return content

    def file(self, output: Output) -> Path | None:
        """Where the object lies on this machine; None in a cloud."""
        return Path(self.database.oid_to_path(output.md5)) if self.database.fs.protocol == "local" else None

    def replace(self, output: Output, content: bytes) -> None:
        """Remove the object, then add ``content`` the way DVC adds objects."""
        from dvc.fs import localfs

        self.remove(output)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / output.md5
            source.write_bytes(content)
            self.database.add(str(source), localfs, output.md5, check_exists=False)

    def remove(self, output: Output) -> bool:
        """Remove the object, whether it can be written or not; False when there was none.

        Raises:
            UserError: there is a folder in its place.
        """
        if file := self.file(output):
            return _unlink(file, file)
        path = self.database.oid_to_path(output.md5)
        found: bool = self.database.fs.exists(path)
        if found:
            self.database.fs.remove(path)
        self.database.fs.fs.invalidate_cache()
        return found


def _unlink(path: Path, shown: Path) -> bool:
    """Remove a file, link, FIFO or device, never a folder; False when there was none."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError:
        if path.is_dir():
            raise _in_the_way(shown) from None
        raise
    return True


def _in_the_way(path: Path) -> UserError:
    return UserError(f"{shown_path(path)} is a folder; remove it, then try again.")


def cache_store(root: Path) -> Store:
    """The cache of ``root``."""
    return Store("cache", _repo(root).cache.local)


def remote_store(root: Path) -> Any:
    """DVC's object database of the default remote of ``root``."""
    return _repo(root).cloud.get_remote_odb()


def forget_transfers(root: Path) -> None:
    """Empty DVC's lists of what is to be transferred and of what the remote holds: it makes them anew."""
    from dvc_data.hashfile.db import get_index

    repo = _repo(root)
    index = get_index(repo.cloud.get_remote_odb())
    index.clear()
    index.close()
    repo.drop_data_index()


def _repo(root: Path) -> Any:
    # gcsfs otherwise probes a gRPC endpoint, which hangs against an emulator.
    os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    from dvc.repo import Repo

    return Repo(str(root))
