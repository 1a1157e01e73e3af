"""`make setup` on machines that lack something: one sentence with the remedy."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SETUP = ROOT / "scripts/setup/environment.sh"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "scripts/setup").mkdir(parents=True)
    (tmp_path / "scripts/setup/environment.sh").write_bytes(SETUP.read_bytes())
    return tmp_path


def python(tree: Path, name: str, body: str) -> Path:
    """A program that stands in for an interpreter."""
    path = tree / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def setup(tree: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": path or os.environ["PATH"]}
    return subprocess.run(
        ["/bin/sh", str(tree / "scripts/setup/environment.sh"), *arguments],
        text=True, capture_output=True, check=False, env=environment,
    )  # fmt: skip


def refused(result: subprocess.CompletedProcess[str], tree: Path) -> str:
    assert result.returncode == 1
    assert not (tree / ".venv").exists()
    (line,) = result.stderr.strip().splitlines()
    return line


def test_an_old_python(tree: Path) -> None:
    old = python(tree, "python3.9", 'if [ "$1" = --version ]; then echo Python 3.9.1; else exit 1; fi')
    assert "is Python 3.9.1; set PYTHON to a Python 3.11, 3.12, 3.13 or 3.14." in refused(setup(tree, str(old)), tree)


def test_no_such_python(tree: Path) -> None:
    assert "there is no 'python7'" in refused(setup(tree, "python7"), tree)


def test_no_supported_python_anywhere(tree: Path) -> None:
    for tool in ("dirname", "uname"):
        (tree / "bin").mkdir(exist_ok=True)
        (tree / "bin" / tool).symlink_to(f"/usr/bin/{tool}")
    python(tree, "python3", 'if [ "$1" = --version ]; then echo Python 3.6.15; else exit 1; fi')
    line = refused(setup(tree, path=str(tree / "bin")), tree)
    assert "no Python 3.11 to 3.14 found (Python 3.6.15); install one" in line


@pytest.mark.parametrize(
    ("lacks", "remedy"),
    [("venv", "apt-get install python3-venv"), ("libgomp", "apt-get install libgomp1")],
)
def test_a_missing_part_of_the_system(tree: Path, lacks: str, remedy: str) -> None:
    body = f'case "$2" in *{lacks}*) exit 1;; esac\nexec "{sys.executable}" "$@"'
    assert remedy in refused(setup(tree, str(python(tree, "python", body))), tree)


def test_a_bot_s_machine_needs_no_openmp(tree: Path) -> None:
    body = f'case "$2" in *libgomp*) exit 1;; esac\n[ "$1" = -m ] && exit 9\nexec "{sys.executable}" "$@"'
    result = setup(tree, str(python(tree, "python", body)), "serve")
    assert (result.returncode, result.stderr) == (9, "")
    assert result.stdout.startswith("setting up .venv-serve with Python 3.")


@pytest.mark.parametrize("arguments", [(), ("", "serve")])
def test_what_a_link_leads_to_is_left_alone(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, arguments: tuple
) -> None:
    """Setting up again clears the folder, and this one belongs to another tree."""
    shared = tmp_path_factory.mktemp("shared")
    python(shared, "python", "exit 0")
    (shared / ".ready").touch()
    folder = tree / (".venv-serve" if arguments else ".venv")
    folder.symlink_to(shared)
    result = setup(tree, *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{folder.name} is a link to {shared}: used as it is, not set up again\n"
    assert (shared / "bin/python").is_file()
    assert (shared / ".ready").is_file()


def test_a_link_to_no_environment(tree: Path) -> None:
    (tree / ".venv").symlink_to(tree / "gone")
    result = setup(tree)
    assert result.returncode == 1
    assert result.stderr == f"error: .venv is a link to {tree / 'gone'}, where no environment is; remove the link.\n"
