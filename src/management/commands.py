"""Run other programs of this environment from the root of the repository."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from src.errors import UserError


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


def dvc_status(root: Path) -> dict[str, list[Any]]:
    """`dvc status --json`: what is changed, by stage; empty when everything is up to date.

    Raises:
        UserError: DVC itself failed.
    """
    result = subprocess.run(
        module("dvc", "status", "--json"), cwd=root, env=environment(), check=False, text=True, capture_output=True
    )
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"`dvc status` failed: {reason}")
    changed: dict[str, list[Any]] = json.loads(result.stdout or "{}")
    return changed


def describe_changes(changes: dict[str, list[Any]]) -> list[str]:
    """One line per stage of ``dvc_status``: `ensemble: params.yaml modified`."""
    lines = []
    for stage, entries in changes.items():
        reasons = []
        for entry in entries:
            groups = entry.values() if isinstance(entry, dict) else [entry]
            for group in groups:
                reasons += [f"{name} {state}" for name, state in _flat(group)] if isinstance(group, dict) else [group]
        lines.append(f"{stage}: {', '.join(reasons)}")
    return lines


def _flat(group: dict[str, Any]) -> list[tuple[str, str]]:
    """`{params.yaml: {ingest.days: modified}}` → `[(ingest.days, modified)]`."""
    flat: list[tuple[str, str]] = []
    for name, state in group.items():
        flat += _flat(state) if isinstance(state, dict) else [(name, str(state))]
    return flat
