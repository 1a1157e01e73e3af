"""What drills need beside Python; without it a drill is skipped and says what is missing."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT

INSTALL = "`make drill-setup` installs it"


def node() -> str:
    """Node, with onnxruntime-web beside the examples."""
    found = shutil.which("node")
    if found is None:
        pytest.skip(f"Node is not installed; {INSTALL}.")
    onnxruntime_web()
    return found


def onnxruntime_web() -> None:
    """The npm packages of examples/package-lock.json."""
    if not (ROOT / "examples/node_modules/.package-lock.json").is_file():
        pytest.skip(f"onnxruntime-web is missing in examples/node_modules; {INSTALL}.")


def chromium() -> str:
    """The system's Chromium, with onnxruntime-web beside the examples."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip(f"Chromium is not installed; {INSTALL}.")
    onnxruntime_web()
    return found


def freqtrade() -> Path:
    """The command of the environment of its own."""
    environment = ROOT / ".venv-freqtrade"
    if not (environment / ".ready").is_file():
        pytest.skip(f"freqtrade is missing in .venv-freqtrade; {INSTALL}.")
    return environment / "bin/freqtrade"


def program(command: str) -> str:
    """A program that `make drill-setup` installs from Debian, as promtool."""
    found = shutil.which(command)
    if found is None:
        pytest.skip(f"{command} is not installed; {INSTALL}.")
    return found


def triton() -> Path:
    """The Python of the environment that has Triton's client."""
    python = ROOT / ".venv-triton/bin/python"
    if not python.is_file():
        pytest.skip(f"Triton's client is missing in .venv-triton; {INSTALL}.")
    return python
