"""The checkout's own graphs as the one version, where nothing is released."""

from collections.abc import Sequence
from pathlib import Path

from src.bundle.folder import open_checkout
from src.bundle.loaded import GRAPHS
from src.core.paths import PRODUCTION_METADATA
from src.live.service.served import Served


class Checkout:
    """Looks whether the files changed; proves and loads them again if so.

    Args:
        root: of the checkout.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: object = None

    def look(self) -> Sequence[Served] | None:
        """The checkout's graphs; None where the files are those of the last look."""
        found = [_identity(self._root / path) for path in (*GRAPHS, PRODUCTION_METADATA, Path("dvc.lock"))]
        if found == self._seen:
            return None
        loaded = open_checkout(self._root)
        self._seen = found
        return [Served(loaded)]


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns
