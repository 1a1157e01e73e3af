"""Run other programs of this environment from the root of the repository."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.repository.regular import check_outputs


def environment() -> dict[str, str]:
    """The process environment with this interpreter's folder first: DVC starts the stages' `python` from PATH."""
    folder = str(Path(sys.executable).parent)
    return os.environ | {"PATH": folder + os.pathsep + os.environ.get("PATH", "")}


def run(root: Path, *command: str) -> int:
    """Run ``command`` in ``root`` with its output on the terminal; the exit code."""
    return subprocess.run(command, cwd=root, env=environment(), check=False).returncode


def capture(root: Path, *command: str) -> tuple[int, str]:
    """Run ``command`` in ``root``; the exit code and what it printed on both streams."""
    result = subprocess.run(
        command, cwd=root, env=environment(), check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return result.returncode, result.stdout.strip()


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs an installed Python module, whatever the path of the environment holds."""
    return (sys.executable, "-m", name, *arguments)


def repro(root: Path, *arguments: str) -> None:
    """`dvc repro` with its output on the terminal.

    Raises:
        UserError: the pipeline failed; its own message stands above.
    """
    check_outputs(root)
    if run(root, *module("dvc", "repro", *arguments)):
        raise UserError("the pipeline failed; the message above says why.")


def dvc_json(root: Path, *arguments: str) -> dict[str, Any]:
    """The JSON that a command of DVC prints; empty when it prints nothing.

    Raises:
        UserError: DVC itself failed.
    """
    command = module("dvc", *arguments)
    result = subprocess.run(command, cwd=root, env=environment(), check=False, text=True, capture_output=True)
    if result.returncode:
        words = " ".join(word for word in arguments[:2] if not word.startswith("-"))
        raise UserError(f"`dvc {words}` failed: {last_line(result.stderr)}")
    document: dict[str, Any] = json.loads(result.stdout or "{}")
    return document


def last_line(errors: str) -> str:
    """What a program's error output ends with: its reason, below any traceback."""
    return (errors.strip().splitlines() or ["no reason given"])[-1]
