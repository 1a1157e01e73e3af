"""What stops a transfer: a killed one before it, and files that are none."""

import os
import signal
import sys
from pathlib import Path

import pytest

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.paths import ENSEMBLE
from src.repository.git import outputs_at
from src.repository.out_of_date import dvc_status
from src.store.integrity import examine
from src.store.repair import repair
from src.store.transfer import pull, push
from tests.conftest import run
from tests.releases import release_command, use_emulator

pytestmark = pytest.mark.slow

# DVC writes the list of what it is to transfer output by output, and commits each time.
KILLED = """
import os, signal, sys
from dvc_data.index import DataIndex
from dvc.cli import main
left, commit = int(sys.argv[1]), DataIndex.commit
def killed(self):
    global left
    commit(self)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
DataIndex.commit = killed
sys.exit(main(sys.argv[2:]))
"""


def kill_at(root: Path, commit: int, command: str) -> None:
    """Run `dvc <command>` and kill it at a commit of its list."""
    assert run(root, sys.executable, "-c", KILLED, str(commit), command).returncode == -signal.SIGKILL


def forget(root: Path) -> None:
    """No cache and no cached file of the workspace: what a pull must bring."""
    run(root, "rm", "-rf", ".dvc/cache/files")
    for path in outputs_at(root, "HEAD"):
        if run(root, "git", "ls-files", "--error-unmatch", str(path)).returncode:
            (root / path).unlink(missing_ok=True)


def test_after_a_killed_transfer_the_next_one_transfers_everything(repository: Path) -> None:
    kill_at(repository, 3, "push")
    assert "objects are the ones dvc.lock names" in push(repository)
    forget(repository)
    kill_at(repository, 3, "pull")
    assert "files are the ones dvc.lock names" in pull(repository)
    assert examine(repository).findings == []


@pytest.mark.drill
@pytest.mark.parametrize("kind", ["folder", "gcs"])
def test_six_kills(repository: Path, emulator: str, kind: str) -> None:
    for commit in (1, 5, 9):
        remote = repository.parent / f"remote {commit}"
        remote.mkdir()
        use_emulator(repository, emulator)
        text = (repository / ".dvc/config.local").read_text()
        folder = f"['remote \"gcs\"']\n    url = {remote}\n"
        unused = text.replace("/btc", f"/{remote.parent.name}-{commit}")
        (repository / ".dvc/config.local").write_text(folder if kind == "folder" else unused)
        kill_at(repository, commit, "push")
        result = release_command(repository, "push")
        assert result.returncode == 0, result.stderr
        forget(repository)
        kill_at(repository, commit, "pull")
        result = release_command(repository, "pull")
        assert result.returncode == 0, result.stderr
        assert examine(repository).findings == []


@pytest.mark.parametrize("place", ["workspace", "cache", "remote"])
def test_a_fifo_is_refused_and_repaired_where_dvc_would_wait_for_ever(pushed: Path, place: str) -> None:
    output = locked_outputs(pushed)[ENSEMBLE]
    store = pushed.parent / "remote" if place == "remote" else pushed / ".dvc/cache"
    stored = store / "files/md5" / output.md5[:2] / output.md5[2:]
    path = pushed / ENSEMBLE if place == "workspace" else stored
    path.unlink()
    os.mkfifo(path)
    for command in (pull, push):
        with pytest.raises(UserError, match=f"{ENSEMBLE} is not a regular file, and DVC would hang.*`make repair`"):
            command(pushed)
    if place == "workspace":
        with pytest.raises(UserError, match="is not a regular file"):
            dvc_status(pushed)
    (finding,) = examine(pushed).findings
    assert (finding.place, finding.fault) == (place, "cannot be read (not a regular file)")
    (done,) = repair(pushed)
    assert done.startswith(f"{place}: {ENSEMBLE} cannot be read (not a regular file): repaired from the ")
    assert "objects are the ones dvc.lock names" in push(pushed)
