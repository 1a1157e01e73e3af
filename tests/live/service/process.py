"""A real process of `make serve` on a free port of loopback, stopped by its process id."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import ROOT, environment

SERVE = "import sys; from pathlib import Path; from src.live.service.server import serve\n"
SERVE += "from src.live.settings import read_settings; from src.management.console import one_sentence\n"
SERVE += "root = Path(sys.argv[1])\nwith one_sentence(): serve(root, read_settings(root))"
TOKEN = "a-token-of-more-than-thirty-two-letters"


def until(ready: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait for something that another process or thread does."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Service:
    """``lines`` are what it logged; ``url`` is where it answers."""

    def __init__(self, root: Path, code: str = SERVE, **variables: str) -> None:
        self.lines: list[dict[str, Any]] = []
        self.text: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(root)],
            cwd=ROOT,
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.text.append(line)
            if line.startswith("{"):
                self.lines.append(json.loads(line))

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == name]

    def wait_for(self, name: str, count: int = 1, seconds: float = 60.0) -> dict[str, Any]:
        """The newest log line of a kind, once there are ``count``."""
        deadline = time.monotonic() + seconds
        while len(self.events(name)) < count:
            assert time.monotonic() < deadline and self._process.poll() is None, self.text
            time.sleep(0.02)
        return self.events(name)[-1]

    @property
    def port(self) -> int:
        """As it said when it began to answer."""
        return int(self.wait_for("start")["port"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident(self) -> int:
        """Bytes of memory now."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def signal(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 60.0) -> int:
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        return code

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()


@contextmanager
def service(root: Path, **variables: str) -> Iterator[Service]:
    """It serves until the block ends."""
    running = Service(root, **variables)
    try:
        _ = running.url
        yield running
    finally:
        running.stop()


@contextmanager
def client(running: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=60.0, trust_env=False) as made:
        yield made
