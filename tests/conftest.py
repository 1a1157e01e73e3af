"""Fixtures that many rooms share: real candles, and a copy of the repository with a short pipeline run."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.candles.readers.files import read_candle_file

pytest_plugins = ["tests.releases", "tests.learnable"]

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
HOUR = pd.Timedelta(hours=1)
SHORT_DAYS = 60


@pytest.fixture(scope="session")
def snapshot() -> pd.DataFrame:
    """The bundled candles, 20,078 real hours."""
    return read_candle_file(SNAPSHOT)


@pytest.fixture
def candles() -> pd.DataFrame:
    """Twelve candles from midnight; closes 100, 101 … 111, no gap."""
    return make_candles([100.0 + hour for hour in range(12)])


def make_candles(closes: list[float], start: str = "2020-01-01") -> pd.DataFrame:
    """Hourly candles with the given closes, each 1 high and low around its close, volume 1, 2, 3, …"""
    close = np.asarray(closes)
    return pd.DataFrame(
        {
            "timestamp": pd.date_range(start, periods=len(close), freq="h", tz="UTC", unit="us"),
            "open": close,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": np.arange(1.0, len(close) + 1),
        }
    )


def environment(**extra: str) -> dict[str, str]:
    """This process's environment with this interpreter first on PATH and git given a name."""
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    git = {
        f"GIT_{who}_{what}": f"tester{'@example.org' * (what == 'EMAIL')}"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    # A `make` that runs the tests would make those in them print the folders they enter.
    around = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    # Copies of the tree share what mypy found: it compares content, not places.
    cache = {"MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}
    return around | {"PATH": path} | cache | git | extra


def run(root: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` in ``root``; both streams as text."""
    return subprocess.run(command, cwd=root, env=environment(**extra), text=True, capture_output=True, check=False)


def dev_check(root: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command dev_check of the tree ``root``."""
    return run(cwd or root, sys.executable, str(root / "scripts/management/dev_check.py"), *arguments)


def copy_of_the_tree(target: Path) -> Path:
    """A git repository at ``target`` with the files of this working tree, committed."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(target)], check=True, env=environment())
    listed = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").stdout
    present = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in present:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    for name in set(run(target, "git", "ls-files", "-z").stdout.split("\0")) - present - {""}:
        (target / name).unlink()
    run(target, "git", "add", "-A")
    run(target, "git", "commit", "-qm", "Working tree")
    return target


def shorten(params: Path) -> None:
    """Change params.yaml to the last ``SHORT_DAYS`` days and few trees."""
    text = params.read_text(encoding="utf-8")
    for old, new in ((r"\n  days: \w+", f"\n  days: {SHORT_DAYS}"), (r"n_estimators: \d+", "n_estimators: 10")):
        text, replaced = re.subn(old, new, text)
        assert replaced
    params.write_text(text, encoding="utf-8")


# Every Python that runs a stage writes which modules of src it loaded.
RECORDER = """
import atexit, os, pathlib, sys
def write():
    root = os.path.join(os.getcwd(), "src")
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    loaded = [os.path.relpath(name) for name in files if name and name.startswith(root)]
    name = "-".join([*sys.orig_argv[2:], str(os.getpid())]).replace("/", "_")
    (pathlib.Path(os.environ["IMPORTS"]) / name).write_text("\\n".join(loaded))
if "src.stages." in " ".join(sys.orig_argv):
    atexit.register(write)
"""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that the test processes share: `imports`, and `bot 売買`, made by the first that asks."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    return made_once(folder, run_short_pipeline)


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, filled by ``make`` in the first test process that asks; the others wait."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            make(folder)
            (folder / "done").touch()
    return folder


def run_short_pipeline(folder: Path) -> None:
    """Copy the repository into a path with a space and Japanese, run its shortened pipeline and commit it."""
    root = copy_of_the_tree(folder / "bot 売買")
    shorten(root / "params.yaml")
    for name in ("recorder", "imports"):
        (folder / name).mkdir()
    (folder / "recorder/sitecustomize.py").write_text(RECORDER)
    recorder = {"PYTHONPATH": str(folder / "recorder"), "IMPORTS": str(folder / "imports")}
    result = run(root, sys.executable, "-m", "dvc", "repro", "--force", **recorder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert dev_check(root, "results", "--readme").returncode == 0
    run(root, "git", "add", "-A")
    run(root, "git", "commit", "-qm", "Run the short pipeline")


@pytest.fixture(scope="session")
def imports(shared: Path) -> Path:
    """Folder of one file per stage run in ``short_pipeline``, named by its command line: the modules it loaded."""
    return shared / "imports"


@pytest.fixture(scope="session")
def short_pipeline(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This process's copy of the shortened pipeline, so that no other holds its DVC lock.

    Read only: tests that change something take ``tree``.
    """
    root = tmp_path_factory.mktemp("copy") / "bot 売買"
    shutil.copytree(shared / "bot 売買", root, symlinks=True)
    return root


@pytest.fixture
def tree(short_pipeline: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of ``short_pipeline`` that a test may break."""
    root = tmp_path / "tree"
    shutil.copytree(short_pipeline, root, symlinks=True)
    yield root
    shutil.rmtree(root, ignore_errors=True)
