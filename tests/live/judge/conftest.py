"""Two machines whose judges see a version fail."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from src.live.judge.acting import judge
from src.live.settings import LiveSettings, settings_of
from src.rollout.commits import ORIGIN
from tests.conftest import ROOT, environment
from tests.live.judge.book import Book
from tests.rollout.machines import ONE, TWO, Machines, make_machines, put

JUDGE = "import sys; from pathlib import Path; from src.live.judge.acting import judge\n"
JUDGE += "from src.live.settings import read_settings\n"
JUDGE += "root = Path(sys.argv[1]); judge(root, read_settings(root), lambda line: print(line, flush=True))"
SETTINGS: LiveSettings = settings_of({"journal": {"path": ".live/journal.sqlite"}}, "live.yaml")
PATIENCE = 60.0
BACK = ["v1.0.0", "v1.0.0", None, None]


@dataclass
class World:
    """Two machines that run ``TWO`` on stage-10, ``ONE`` before, each with a journal in which ``TWO`` failed."""

    machines: Machines
    said: list[str]

    @property
    def root(self) -> Path:
        return self.machines.first

    @property
    def server(self) -> Path:
        return self.machines.server

    def judge(self, root: Path | None = None, settings: LiveSettings = SETTINGS) -> list[str]:
        return [str(done) for done in judge(root or self.root, settings, self.said.append)]

    def start(self, root: Path | None = None) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", JUDGE, str(root or self.root)]
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=pipe, stderr=subprocess.STDOUT, text=True)

    def hook(self, script: str) -> None:
        """What the server runs before it takes a push."""
        path = self.server / "hooks/pre-receive"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def book(root: Path, two: float | str = "error") -> Book:
    (root / ".live").mkdir()
    (root / "deploy").mkdir()
    (root / "deploy/live.yaml").write_text("{}\n")
    made = Book(root / ".live/journal.sqlite")
    made.add(5)
    made.add(1 if isinstance(two, str) else 300, two=two)
    return made


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    machines = make_machines(tmp_path)
    for version in (ONE, TWO):
        for step in ("paper", "stage-10"):
            put(machines.first, version, step, remote=ORIGIN if (version, step) == (TWO, "stage-10") else None)
    for root in (machines.first, machines.second):
        book(root)
    return World(machines, [])


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
