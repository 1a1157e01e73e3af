"""Repositories with a passing pipeline and older versions, and the remotes they push to."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from src.core.paths import ENSEMBLE
from src.repository.git import outputs_at
from tests.conftest import environment, made_once, run

BUCKET = "test-bucket"
WEIGHTS = "    lightgbm: 0.4"


def dvc(root: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run DVC; it must succeed."""
    result = run(root, sys.executable, "-m", "dvc", *arguments, **extra)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def release_command(root: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command release of the tree ``root``."""
    return run(root, sys.executable, str(root / "scripts/management/release.py"), *arguments, **extra)


def git(root: Path, *arguments: str) -> str:
    """Run git; it must succeed."""
    result = run(root, "git", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def replace(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def repro_and_commit(root: Path, message: str) -> str:
    """Run the pipeline and commit everything; the commit."""
    dvc(root, "repro")
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)
    return git(root, "rev-parse", "HEAD")


def weigh(root: Path, weight: float) -> str:
    """Commit another ensemble: only its weights change, so only two stages run."""
    replace(root / "params.yaml", WEIGHTS, f"    lightgbm: {weight}  # 0.4")
    commit = repro_and_commit(root, f"Weigh LightGBM {weight}")
    replace(root / "params.yaml", f"    lightgbm: {weight}  # 0.4", WEIGHTS)
    return commit


def damage_cached_ensemble(root: Path) -> None:
    """Other bytes of the same length in the cache's read-only object of HEAD's ensemble."""
    output = outputs_at(root, "HEAD")[ENSEMBLE]
    path = root / ".dvc/cache/files/md5" / output.md5[:2] / output.md5[2:]
    path.chmod(0o644)
    path.write_bytes(b"x" * output.size)
    path.chmod(0o444)


@pytest.fixture(scope="session")
def history(shared: Path, short_pipeline: Path) -> Path:
    """A repository whose gates pass, with three commits of three ensembles on `main`. Read only."""
    return made_once(shared / "history", partial(make_history, short_pipeline)) / "bot 売買"


def make_history(short_pipeline: Path, folder: Path) -> None:
    """Make what ``history`` is."""
    root = folder / "bot 売買"
    shutil.copytree(short_pipeline, root, symlinks=True)
    git(root, "checkout", "-q", "-B", "main")
    git(root, "remote", "remove", "origin")
    replace(root / "params.yaml", "log_loss_skill_above: 0.0", "log_loss_skill_above: -1.0")
    replace(root / "params.yaml", "roc_auc_above: 0.5", "roc_auc_above: 0.0")
    replace(root / "params.yaml", "net_return_above: 0.0", "net_return_above: -1.0")
    repro_and_commit(root, "Loosen the gates of a pipeline this short")
    weigh(root, 0.7)
    weigh(root, 0.1)
    git(root, "checkout", "-q", "--", "params.yaml")


@pytest.fixture
def repository(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of ``history`` that a test may break, with a folder as remote."""
    from src.store.remote import use_folder

    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    root = tmp_path / "repository"
    shutil.copytree(history, root, symlinks=True)
    use_folder(root, tmp_path / "remote")
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def pushed(repository: Path) -> Path:
    """``repository`` with every commit's objects in the remote."""
    cache, remote = repository / ".dvc/cache/files", repository.parent / "remote/files"
    shutil.copytree(cache, remote)
    return repository


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Google Cloud Storage emulator: a process of its own on a free loopback port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("emulator") / "log"
    command = [str(Path(sys.executable).parent / "gcp-storage-emulator"), "start", "--in-memory", "--quiet"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--default-bucket", BUCKET]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def use_emulator(root: Path, address: str, bucket: str = BUCKET) -> None:
    """Let the emulator stand in for Google, in config.local; the remote stays `gcs`."""
    (root / ".dvc/config.local").write_text(
        f"['remote \"gcs\"']\n    url = gs://{bucket}/btc\n    endpointurl = {address}\n"
        "    allow_anonymous_login = true\n"
    )


@pytest.fixture(autouse=True)
def _no_grpc_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    # A developer's own credentials never reach a test.
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] == "false"
