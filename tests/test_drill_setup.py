"""`make drill-setup` where something cannot be installed: it is said with the reason, and the rest goes on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = (
    "scripts/setup/drills.sh",
    "scripts/setup/environment.sh",
    "examples/package-lock.json",
    "examples/freqtrade/requirements.lock",
)
TOOLS = ("dirname", "mktemp", "rm", "grep", "tail", "readlink", "uname", "mkdir", "touch", "sh")
# As npm 11 tells that there is no network.
NPM = """echo npm error code ENOTFOUND >&2
echo 'npm error network request failed, reason: getaddrinfo ENOTFOUND example.org' >&2
mkdir -p examples/node_modules/onnxruntime-web
exit 1"""
# Says that it is 3.11, and makes no environment.
PYTHON = 'case "$*" in *venv\\ --clear*) echo "Error: no space left" >&2; exit 5;; esac'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def program(tree: Path, name: str, body: str = "exit 0") -> None:
    path = tree / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def setup(tree: Path) -> list[str]:
    """The lines that it printed; it must end well."""
    result = subprocess.run(
        ["/bin/sh", str(tree / "scripts/setup/drills.sh")],
        text=True, capture_output=True, check=False, env=os.environ | {"PATH": str(tree / "bin")},
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    *lines, last = result.stdout.splitlines()
    assert last == "ready: make drill"
    return lines


def test_everything_fails(tree: Path) -> None:
    program(tree, "id", "echo 0")
    program(tree, "apt-get", 'echo "E: Unable to locate package $5" >&2; exit 100')
    program(tree, "npm", NPM)
    program(tree, "python3", PYTHON)
    skipped = [line for line in setup(tree) if line.startswith("skipped: ")]
    lists, chromium, node, onnxruntime_web, freqtrade = skipped
    assert lists.startswith("skipped: a new list of packages, since 'apt-get update -qq' failed with 100: E: ")
    assert chromium.endswith("failed with 100: E: Unable to locate package chromium")
    assert node.endswith("failed with 100: E: Unable to locate package nodejs")
    assert onnxruntime_web.startswith("skipped: onnxruntime-web, since 'npm ci ")
    assert onnxruntime_web.endswith(
        "failed with 1: npm error network request failed, reason: getaddrinfo ENOTFOUND example.org"
    )
    assert freqtrade.startswith(
        "skipped: freqtrade, since 'sh scripts/setup/environment.sh  freqtrade' failed with 5: "
    )
    assert freqtrade.endswith("Error: no space left")
    assert not (tree / "examples/node_modules").exists(), "a half-made folder would pass for the whole"


def test_nothing_can_be_installed(tree: Path) -> None:
    program(tree, "id", "echo 1000")
    *lines, freqtrade = setup(tree)
    assert lines == [
        "skipped: chromium, since 'chromium' is missing, and only root on Debian or Ubuntu can install it here",
        "skipped: nodejs, since 'node' is missing, and only root on Debian or Ubuntu can install it here",
        "skipped: npm, since 'npm' is missing, and only root on Debian or Ubuntu can install it here",
        "skipped: onnxruntime-web, since npm is missing",
        "installing freqtrade into .venv-freqtrade",
    ]
    assert freqtrade.startswith(
        "skipped: freqtrade, since 'sh scripts/setup/environment.sh  freqtrade' failed with 1: "
    )
    assert "error: no Python 3.11 to 3.14 found" in freqtrade


def test_what_is_there_is_not_installed_again(tree: Path) -> None:
    for name in ("chromium", "node"):
        program(tree, name)
    program(tree, "npm", "echo called; exit 1")
    for ready in ("examples/node_modules/.package-lock.json", ".venv-freqtrade/.ready"):
        (tree / ready).parent.mkdir(parents=True)
        (tree / ready).touch()
    assert setup(tree) == []
