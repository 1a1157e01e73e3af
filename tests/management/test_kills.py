"""SIGKILL at random moments of repro, push, pull, release and promote: the rerun ends right and nothing is lost.

KILLS (default 1) is how many per command and kind of kill; KILLS=5 makes 50.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from src.core.paths import PRODUCTION_METADATA
from src.core.yaml_files import read_yaml
from src.repository.git import outputs_at
from src.rollout.commits import committed_deployments
from src.rollout.released import released
from src.rollout.version import Version
from src.store.integrity import examine
from src.store.remote import use_folder
from tests.conftest import environment, run
from tests.releases import git, release_command, replace, use_emulator

KILLS = int(os.environ.get("KILLS", "1"))
ONE = Version(1, 0, 0)
REPRO = (sys.executable, "-m", "dvc", "repro")
pytestmark = pytest.mark.drill


@dataclass
class Outcome:
    """When the kill came, and how far the command had got."""

    command: str
    fraction: float
    phase: str


def kill_somewhere(root: Path, command: tuple[str, ...], duration: float, whole_group: bool, seed: int) -> float:
    """Start ``command``, kill it at a random moment of ``duration``; the fraction of it."""
    fraction = random.Random(seed).random()
    with (root.parent / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=root, env=environment(), stdout=output, stderr=output, start_new_session=True
        )
        time.sleep(fraction * duration)
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
    return fraction


def command_of(root: Path, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(root / "scripts/management/release.py"), *arguments)


def nothing_lost(root: Path) -> None:
    """Every cache object of every commit is still the right one."""
    for revision in ("HEAD", "HEAD~1", "HEAD~2"):
        if not outputs_at(root, revision):
            raise AssertionError(revision)
        assert examine(root, revision, where=["cache"]).findings == []


def copy(source: Path, folder: Path) -> Path:
    root = folder / "tree"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(source, root, symlinks=True)
    return root


def drill(name: str, repeat: Callable[[int, bool], Outcome], capsys: pytest.CaptureFixture[str], seed: int) -> None:
    outcomes = [repeat(seed + 2 * number + group, bool(group)) for number in range(KILLS) for group in (0, 1)]
    with capsys.disabled():
        for outcome in outcomes:
            print(f"\n{name}: killed at {outcome.fraction:.0%}: {outcome.phase}", end="")


def test_repro(history: Path, tmp_path: Path, capsys) -> None:
    def prepared() -> Path:
        root = copy(history, tmp_path)
        replace(root / "params.yaml", "days: 60", "days: 59")
        return root

    root = prepared()
    start = time.perf_counter()
    assert run(root, *REPRO).returncode == 0
    duration = time.perf_counter() - start
    expected = read_yaml(root / "dvc.lock"), (root / PRODUCTION_METADATA).read_bytes()

    def once(seed: int, whole_group: bool) -> Outcome:
        root = prepared()
        fraction = kill_somewhere(root, REPRO, duration, whole_group, seed)
        lines = (tmp_path / "output").read_text().splitlines()
        running = [line.split("'")[1] for line in lines if line.startswith("Running stage")]
        result = run(root, *REPRO)
        assert result.returncode == 0, result.stderr
        # DVC writes the stages in the order in which they first ran.
        assert (read_yaml(root / "dvc.lock"), (root / PRODUCTION_METADATA).read_bytes()) == expected
        assert examine(root, where=["workspace", "cache"]).findings == []
        nothing_lost(root)
        return Outcome("repro", fraction, f"in {running[-1]}" if running else "before the first stage")

    drill("repro", once, capsys, 100)


@pytest.mark.parametrize("kind", ["folder", "gcs"])
def test_push_and_pull(history: Path, tmp_path: Path, emulator: str, capsys, kind: str) -> None:
    # Half of the kills of each command go to each kind of remote.
    kills = range(max(1, KILLS // 2) if kind == "folder" else KILLS - KILLS // 2)
    root = copy(history, tmp_path)

    def use_remote(number: int) -> None:
        if kind == "folder":
            use_folder(root, tmp_path / f"remote {number}")
        else:
            use_emulator(root, emulator)
            replace(root / ".dvc/config.local", "/btc", f"/{tmp_path.name}-{number}")

    use_remote(0)
    durations = {}
    for name in ("push", "pull"):
        if name == "pull":
            forget(root)
        start = time.perf_counter()
        assert release_command(root, name).returncode == 0
        durations[name] = time.perf_counter() - start

    def once(seed: int, whole_group: bool, name: str) -> Outcome:
        nonlocal root
        if name == "push":
            root = copy(history, tmp_path)
            use_remote(seed)
            looked_at = "remote"
        else:
            use_remote(0)
            forget(root)
            looked_at = "workspace"
        fraction = kill_somewhere(root, command_of(root, name), durations[name], whole_group, seed)
        missing = len(examine(root, where=[looked_at]).findings)
        result = release_command(root, name)
        assert result.returncode == 0, result.stderr
        found = examine(root)
        assert found.findings == []
        return Outcome(name, fraction, f"{found.counts[looked_at] - missing} of {found.counts[looked_at]} there")

    for name, offset in (("push", 300), ("pull", 400)):
        outcomes = [once(offset + 2 * number + group, bool(group), name) for number in kills for group in (0, 1)]
        with capsys.disabled():
            for outcome in outcomes:
                print(f"\n{name} ({kind}): killed at {outcome.fraction:.0%}: {outcome.phase}", end="")


def forget(root: Path) -> None:
    """No cache and no cached file of the workspace: what a pull must bring."""
    shutil.rmtree(root / ".dvc/cache/files")
    for path in outputs_at(root, "HEAD"):
        if run(root, "git", "ls-files", "--error-unmatch", str(path)).returncode:
            (root / path).unlink(missing_ok=True)


def test_release_and_promote(history: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    shutil.copytree(history / ".dvc/cache/files", tmp_path / "remote/files")
    promotion = ("promote", "v1.0.0", "paper", "--why", "drill")

    def prepared() -> Path:
        root = copy(history, tmp_path)
        use_folder(root, tmp_path / "remote")
        return root

    root = prepared()
    durations = {}
    for name, arguments in (("release", ("release", "v1.0.0")), ("promote", promotion)):
        start = time.perf_counter()
        assert release_command(root, *arguments).returncode == 0
        durations[name] = time.perf_counter() - start

    def once_released(seed: int, whole_group: bool) -> Outcome:
        root = prepared()
        fraction = kill_somewhere(root, command_of(root, "release", "v1.0.0"), durations["release"], whole_group, seed)
        phase = "tagged" if git(root, "tag") else "not tagged"
        result = release_command(root, "release", "v1.0.0")
        assert result.returncode == 0, result.stderr
        assert released(root, ONE).commit == git(root, "rev-parse", "HEAD")
        nothing_lost(root)
        return Outcome("release", fraction, phase)

    def once_promoted(seed: int, whole_group: bool) -> Outcome:
        root = prepared()
        git(root, "tag", "-a", ONE.tag, "-m", "x")
        before = git(root, "rev-parse", "HEAD")
        fraction = kill_somewhere(root, command_of(root, *promotion), durations["promote"], whole_group, seed)
        phase = "committed" if git(root, "branch", "--list", "rollout") else "nothing committed"
        result = release_command(root, *promotion)
        if "rollout.lock exists" in result.stderr:
            # The remedy that the sentence names.
            (root / ".git/refs/heads/rollout.lock").unlink()
            phase += ", rollout.lock left"
            result = release_command(root, *promotion)
        assert result.returncode == 0, result.stderr
        assert committed_deployments(root)["paper"].version == "v1.0.0"
        assert git(root, "log", "--format=%s", "rollout") == "Promote v1.0.0 to paper"
        assert (git(root, "rev-parse", "HEAD"), git(root, "status", "--porcelain")) == (before, "")
        nothing_lost(root)
        return Outcome("promote", fraction, phase)

    drill("release", once_released, capsys, 500)
    drill("promote", once_promoted, capsys, 600)
