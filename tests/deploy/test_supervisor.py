"""`make live` and `make serve` under Debian's supervisor, by the configuration that we ship: killed, they come back."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pandas as pd
import pytest

from src.live.health.machine import writer_of
from tests.conftest import ROOT, environment
from tests.examples.needed import program
from tests.graph.conftest import exported  # noqa: F401, the fixture
from tests.live.conftest import bot, versions_tree  # noqa: F401, the fixtures
from tests.live.exchange_server import replay
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.service.process import until

KILLS = int(os.environ.get("RESTARTS", "2"))
START = datetime(2019, 8, 20, 0, 30, tzinfo=UTC)
# Seconds of the exchange's clock in one second: a candle in 4.
SPEED = 900.0


class Load(threading.Thread):
    """Asks the service again and again; counts what was answered and what was not."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.served, self.lost, self.ended = url, 0, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            try:
                answered = httpx.get(f"{self.url}/versions", timeout=10.0).status_code == 200
            except httpx.HTTPError:
                answered = False
            self.served += answered
            self.lost += not answered


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def installed(bot: Tree) -> None:  # noqa: F811
    """What a machine has: the checkout with its code, and the environment."""
    for folder in ("src", "scripts"):
        shutil.copytree(ROOT / folder, bot.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "deploy/supervisor", bot.root / "deploy/supervisor")
    (bot.root / ".venv-serve").symlink_to(sys.prefix)


@contextmanager
def supervised(bot: Tree) -> Iterator[Callable[[], str]]:  # noqa: F811
    """supervisord on the tree; gives what was printed so far."""
    process = subprocess.Popen(
        [program("supervisord"), "--configuration", str(bot.root / "deploy/supervisor/ensemble.conf")],
        cwd="/", env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    lines: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda pipe: lines.extend(iter(pipe.readline, "")), args=(process.stdout,))
    reader.start()
    try:
        yield lambda: "".join(lines)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            reader.join(30)


def well(bot: Tree, log: Callable[[], str]) -> None:  # noqa: F811
    """Wait until `make health` ends with 0."""
    deadline = time.monotonic() + 90
    while True:
        ran = subprocess.run(
            [str(bot.root / ".venv-serve/bin/python"), "scripts/live/live.py", "health"],
            cwd=bot.root, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if ran.returncode == 0:
            return
        assert time.monotonic() < deadline, ran.stdout + ran.stderr + log()


def pid_of(name: str, log: str) -> int:
    """As supervisord told it last."""
    return int(log.rsplit(f"spawned: '{name}' with pid ", 1)[1].split(maxsplit=1)[0])


@pytest.mark.drill
def test_what_is_killed_is_started_again(bot: Tree, snapshot: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    program("supervisord")
    installed(bot)
    bot.promote(live=ONE, paper=TWO)
    port = free_port()
    with replay(snapshot, START, SPEED) as exchange:
        bot.set(
            exchange={"timeout": 5.0, "attempts": 2, "first_wait": 0.05, "settings": exchange.settings},
            runner={"speed": SPEED, "jitter": 0.0, "retry_first": 60.0, "watch": 0.1},
            notices={"overdue": 36_000.0},
            serve={"port": port},
        )
        with supervised(bot) as log:
            well(bot, log)
            load = Load(f"http://127.0.0.1:{port}")
            load.start()
            back: dict[str, list[float]] = {"live": [], "serve": []}
            for name in ["live", "serve"] * KILLS:
                pid, lost = pid_of(name, log()), load.lost
                at = time.monotonic()
                os.kill(pid, signal.SIGKILL)
                if name == "live":
                    until(lambda pid=pid: writer_of(bot.journal) not in (None, pid))
                    assert load.lost == lost, "the service answers while the runner is away"
                else:
                    until(lambda lost=lost: load.lost > lost)
                    served = load.served
                    until(lambda served=served: load.served > served)
                back[name].append(time.monotonic() - at)
                well(bot, log)
            load.ended.set()
            load.join(30)
        printed = log()
    assert "INFO stopped: live" in printed
    assert writer_of(bot.journal) is None
    opened = sorted({row.opened for row in bot.reader.predictions()})
    assert opened == list(range(opened[0], opened[-1] + 3600, 3600)), "every candle was answered, or recorded as missed"
    assert bot.reader.first_fault() is None
    with capsys.disabled():
        told = ", ".join(f"{name} back after {', '.join(f'{s:.1f}' for s in times)} s" for name, times in back.items())
        print(f"\n{told}; {load.served} requests answered, {load.lost} not, all while the service was away")
