"""A clone in which to train: the working tree is written at the very end, or not at all.

A bot never reads a tree in which the pipeline runs, and a retraining that is killed leaves this one as it was.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import CANDLE_CACHE
from src.repository.git import git
from src.repository.programs import capture, last_line, module
from src.store.places import cache_store

FOLDER = Path(".cache/retrain")
MEND = "git checkout . && dvc checkout"


@contextmanager
def scratch_of(root: Path, commit: str) -> Iterator[Path]:
    """A clone of ``root`` at ``commit``, removed at the end, with the same DVC cache and the same downloads.

    What a killed run left is removed first.

    Raises:
        UserError: another one runs here, or the disk refuses.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError("another `make retrain` runs in this checkout; wait for its end.") from None
        for old in folder.glob("run-*"):
            # A pipeline that outlived its killed leader may still write there; the next run removes the rest.
            shutil.rmtree(old, ignore_errors=True)
        clone = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
        try:
            git(root, "clone", "--quiet", "--no-checkout", str(root), str(clone))
            git(clone, "checkout", "--quiet", "--detach", commit)
            _share(root, clone)
            yield clone
        finally:
            shutil.rmtree(clone, ignore_errors=True)


def _share(root: Path, clone: Path) -> None:
    # The database is <cache>/files/md5.
    cache = Path(cache_store(root).database.path).parents[1]
    code, said = capture(clone, *module("dvc", "config", "--local", "cache.dir", str(cache)))
    if code:
        raise UserError(f"DVC's cache cannot be shared with a clone: {last_line(said)}")
    downloads = root / CANDLE_CACHE
    downloads.mkdir(parents=True, exist_ok=True)
    (clone / CANDLE_CACHE).parent.mkdir(exist_ok=True)
    (clone / CANDLE_CACHE).symlink_to(downloads, target_is_directory=True)


def take_over(clone: Path, root: Path) -> list[str]:
    """Let ``root`` hold what the pipeline changed in ``clone``; the changed files that git holds.

    Killed in the middle, ``MEND`` brings back what was there.

    Raises:
        UserError: the disk refuses, or DVC does.
    """
    listed = (("diff", "--name-only", "-z", "HEAD"), ("ls-files", "--others", "--exclude-standard", "-z"))
    changed = sorted({name for command in listed for name in git(clone, *command).split("\0") if name})
    for name in changed:
        if (clone / name).is_file():
            write_bytes(root / name, (clone / name).read_bytes())
        else:
            (root / name).unlink(missing_ok=True)
    code, said = capture(root, *module("dvc", "checkout", "--force"))
    if code:
        raise UserError(f"the candidate is not whole here: {last_line(said)}; undo it with `{MEND}`.")
    return changed
