"""The clone in which a retraining runs, and how its results come into the tree: whole, or mended by one command."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.paths import CANDLE_CACHE
from src.retraining.scratch import FOLDER, MEND, scratch_of, take_over
from tests.conftest import ROOT, environment, run
from tests.management.test_rerun import contents
from tests.releases import dvc, git

KILLED = """
import os, signal, sys
from pathlib import Path
from src.retraining import scratch
whole, left = scratch.write_bytes, int(sys.argv[3])
def write(path, content):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    whole(path, content)
scratch.write_bytes = write
scratch.take_over(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def two(repository: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A tree at a commit, and a clone of it whose files are uncommitted: those of the commit after it."""
    clone = tmp_path / "clone"
    shutil.copytree(repository, clone, symlinks=True)
    git(clone, "reset", "-q", "--soft", "HEAD~1")
    git(repository, "reset", "-q", "--hard", "HEAD~1")
    dvc(repository, "checkout", "--force")
    return clone, repository


@pytest.mark.slow
def test_what_the_clone_made_is_taken_over_whole(two: tuple[Path, Path]) -> None:
    clone, root = two
    before = contents(root)
    assert contents(clone) != before
    changed = take_over(clone, root)
    assert contents(root) == contents(clone)
    assert {"params.yaml", "dvc.lock"} <= set(changed)
    assert run(root, sys.executable, "-m", "dvc", "status").stdout.strip() == "Data and pipelines are up to date."
    assert run(root, "sh", "-ec", MEND).returncode == 0
    assert contents(root) == before


@pytest.mark.drill
@pytest.mark.parametrize("writes", [0, 1, 3])
def test_killed_while_it_takes_over_it_is_mended(two: tuple[Path, Path], writes: int) -> None:
    clone, root = two
    before = contents(root)
    command = [sys.executable, "-c", KILLED, str(clone), str(root), str(writes)]
    killed = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (contents(root) == before) is (writes == 0)
    assert run(root, "sh", "-ec", MEND).returncode == 0
    assert contents(root) == before
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.slow
def test_the_clone_shares_cache_and_downloads_and_leaves_nothing(tree: Path) -> None:
    (tree / FOLDER / "run-killed/models").mkdir(parents=True)
    head = git(tree, "rev-parse", "HEAD")
    with scratch_of(tree, head) as clone:
        assert clone.parent == tree / FOLDER
        assert [path.name for path in clone.parent.glob("run-*")] == [clone.name]
        assert git(clone, "rev-parse", "HEAD") == head
        assert (clone / CANDLE_CACHE).resolve() == (tree / CANDLE_CACHE).resolve()
        # Everything is in the cache that it shares.
        dvc(clone, "checkout")
        assert contents(clone) == contents(tree)
        assert git(clone, "status", "--porcelain") == git(tree, "status", "--porcelain") == ""
    assert not list((tree / FOLDER).glob("run-*"))


def test_one_at_a_time(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(parents=True)
    handle = os.open(tmp_path / FOLDER / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(UserError, match="another `make retrain` runs"), scratch_of(tmp_path, "HEAD"):
            pass
    finally:
        os.close(handle)
