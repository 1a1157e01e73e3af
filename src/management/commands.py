"""Run other programs of this environment from the root of the repository."""

import os
import subprocess
import sys
from pathlib import Path


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
