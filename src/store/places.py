"""The places that hold an output's bytes: workspace, cache and remote, each with read, write and remove."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from src.artifacts.lock import Output
from src.core.errors import UserError
from src.core.files import write_bytes


class Place(Protocol):
    """Where copies of outputs lie."""

    name: str

    def read(self, output: Output) -> bytes:
        """The bytes of the copy there.

        Raises:
            FileNotFoundError: there is none.
        """

    def replace(self, output: Output, content: bytes) -> None:
        """Put ``content`` in the place of the copy there is, if any."""


@dataclass
class Workspace:
    """The files of the working tree."""

    root: Path
    name: str = "workspace"

    def read(self, output: Output) -> bytes:
        """The file's bytes."""
        return output.read(self.root)

    def replace(self, output: Output, content: bytes) -> None:
        """Write the file in one step.

        Raises:
            UserError: there is a folder in its place.
        """
        try:
            write_bytes(self.root / output.path, content)
        except IsADirectoryError:
            raise UserError(f"{output.path} is a folder; remove it, then try again.") from None


@dataclass
class Store:
    """A DVC object database: the cache or the remote."""

    name: str
    database: Any

    def read(self, output: Output) -> bytes:
        """The object's bytes, read now: nothing that DVC or fsspec remembers is trusted."""
        self.database.fs.fs.invalidate_cache()
        content: bytes = self.database.fs.fs.cat_file(self.database.oid_to_path(output.md5))
        return content

    def replace(self, output: Output, content: bytes) -> None:
        """Remove the object, then add ``content`` the way DVC adds objects."""
        from dvc.fs import localfs

        self.remove(output)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / output.md5
            source.write_bytes(content)
            self.database.add(str(source), localfs, output.md5, check_exists=False)

    def remove(self, output: Output) -> bool:
        """Remove the object, whether it can be written or not; False when there was none."""
        path = self.database.oid_to_path(output.md5)
        found: bool = self.database.fs.exists(path)
        if found:
            self.database.fs.remove(path)
        self.database.fs.fs.invalidate_cache()
        return found


def cache_store(root: Path) -> Store:
    """The cache of ``root``."""
    return Store("cache", _repo(root).cache.local)


def remote_store(root: Path) -> Any:
    """DVC's object database of the default remote of ``root``."""
    return _repo(root).cloud.get_remote_odb()


def _repo(root: Path) -> Any:
    # gcsfs otherwise probes a gRPC endpoint, which hangs against an emulator.
    os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    from dvc.repo import Repo

    return Repo(str(root))
