"""The runner's process, and room on the disk."""

import os
import shutil
from pathlib import Path

from src.core.files import read_regular
from src.live.health.findings import Finding, Level

# Bytes below which a journal may soon not be written: a year of one market takes about 20 MB.
LEAST_FREE = 200_000_000
_LOCKS = Path("/proc/locks")


def runner_of(journal: Path) -> Finding:
    """Whether a process writes the journal; `make live` holds its lock as long as it runs."""
    process = writer_of(journal)
    if process is None:
        return Finding("runner", Level.ILL, "does not run: nobody writes the journal; start `make live`.")
    return Finding("runner", Level.WELL, f"runs as process {process}")


def writer_of(journal: Path, locks: Path = _LOCKS) -> int | None:
    """The process that holds the journal's lock; looking does not take the lock, which would disturb a start."""
    try:
        process = int(read_regular(journal.with_name(f"{journal.name}.lock")).strip() or b"0")
        os.kill(process, 0)
    except PermissionError:
        # It is there, and another user's.
        pass
    except (OSError, ValueError):
        return None
    if process <= 0:
        return None
    try:
        held = [line.split() for line in locks.read_text().splitlines()]
    except OSError:
        # Only Linux tells who holds what.
        return process
    # Its number may be another process's by now.
    return process if any("FLOCK" in words and str(process) in words for words in held) else None


def disk_of(journal: Path) -> Finding:
    """Room where the journal lies."""
    folder = next((place for place in (journal.parent, *journal.parent.parents) if place.is_dir()), Path("/"))
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", Level.ILL, f"cannot be asked ({error.strerror}).")
    told = f"{free / 1e9:.1f} GB free where the journal lies"
    if free < LEAST_FREE:
        return Finding("disk", Level.ILL, f"{told}; make room: below {LEAST_FREE / 1e6:.0f} MB it counts as full.")
    return Finding("disk", Level.WELL, told)
