"""A folder output that git keeps: which of its files are bad, and how they come back."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from src.artifacts.lock import Output
from src.core.errors import UserError
from src.core.files import files_below, listing, md5_of_bytes, read_regular, write_bytes
from src.core.shown import shown_path
from src.repository.git import read_at, tracked_files

REMOVED = Path(".dvc/tmp/removed")
_STRAY = "is no part of it"


def committed_files(root: Path, output: Output) -> dict[str, bytes] | None:
    """The folder's files in HEAD by their path below it; None when they are not those that dvc.lock names."""
    held = sorted(path for path in tracked_files(root, "HEAD") if output.path in path.parents)
    files = {path.relative_to(output.path).as_posix(): read_at(root, "HEAD", path) for path in held}
    named = listing({name: md5_of_bytes(content) for name, content in files.items()})
    return files if files and output.fault(named) is None else None


def folder_fault(root: Path, output: Output) -> str | None:
    """Which files of the folder in the working tree are altered, missing or no part of it; None when git cannot say."""
    wanted = committed_files(root, output)
    if wanted is None:
        return None
    return "differs from git: " + _sentence(_faults(output.inside(root), wanted))


def put_back(root: Path, output: Output, wanted: Mapping[str, bytes]) -> str:
    """Make the folder hold just ``wanted``; what was wrong, and where files that are no part of it were moved.

    Raises:
        UserError: there is a file in the place of the folder.
    """
    folder = output.inside(root)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{shown_path(output.path)} is no folder; remove it, then try again.")
    faults = _faults(folder, wanted)
    strays = [name for name, fault in faults.items() if fault == _STRAY]
    for name in strays:
        target = root / REMOVED / output.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder / name, target)
    # The deepest first; a folder that still holds something stays.
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name in faults.keys() - set(strays):
        write_bytes(folder / name, wanted[name])
    return _sentence(faults) + (f", moved to {REMOVED}" if strays else "")


def _faults(folder: Path, wanted: Mapping[str, bytes]) -> dict[str, str]:
    present = {path.relative_to(folder).as_posix() for path in files_below(folder)}
    faults = dict.fromkeys(sorted(present - wanted.keys()), _STRAY)
    # What lies behind a link to a folder is not in this folder, though it could be read.
    faults |= dict.fromkeys(wanted.keys() - present, "is missing")
    for name in wanted.keys() & present:
        try:
            if read_regular(folder / name) != wanted[name]:
                faults[name] = "was altered"
        except OSError as error:
            faults[name] = f"cannot be read ({error.strerror})"
    return dict(sorted(faults.items()))


def _sentence(faults: Mapping[str, str]) -> str:
    return ", ".join(f"{shown_path(name)} {fault}" for name, fault in faults.items())
