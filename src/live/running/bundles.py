"""The bundle of a version: as it lies here, or fetched, so that nobody has to run `make fetch`."""

from pathlib import Path

from src.bundle.fetch import fetch
from src.bundle.folder import open_bundle, read_bundle, read_record
from src.bundle.loaded import Loaded
from src.core.errors import UserError
from src.live.journal.lock import alone


def open_or_fetch(root: Path, folder: Path, version: str, git: str) -> tuple[Loaded, str | None]:
    """``version``, proven, and why it was fetched; None where it was here.

    What is missing or damaged is fetched again, but never from a tag that moved: the commit that it named the first
    time stands in the bundle.

    Args:
        root: of the checkout; its settings say where the objects are.
        folder: of the bundle.
        version: as v1.2.0.
        git: the git remote that is believed.

    Raises:
        UserError: it cannot be proven, or not be fetched.
    """
    fault = _fault(folder)
    if fault is not None:
        # `make live` and `make serve` fetch into one folder.
        with alone(folder.parent / ".fetch.lock"):
            if _fault(folder) is not None:
                _fetch(root, folder, version, git, fault)
    loaded = open_bundle(folder, git=git)
    if loaded.version != version:
        raise UserError(f"{folder} holds {loaded.version}, not {version}; fetch it again.")
    return loaded, fault


def _fetch(root: Path, folder: Path, version: str, git: str, fault: str) -> None:
    try:
        fetch(root, folder, version=version, git=git, commit=_commit(folder))
    except UserError as error:
        raise UserError(f"{fault.rstrip('.')}, and it could not be fetched: {error}") from None


def _fault(folder: Path) -> str | None:
    """What is missing or altered."""
    try:
        read_bundle(folder)
    except UserError as error:
        return str(error)
    return None


def _commit(folder: Path) -> str | None:
    try:
        return read_record(folder).commit
    except UserError:
        return None
