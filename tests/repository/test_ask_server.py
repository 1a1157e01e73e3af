"""A git server that never answers, or wants a password, does not hold a command for ever."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from src.repository.git import ask_server
from tests.conftest import run
from tests.live.service.process import until


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_silent_server_ends_with_its_helpers(silent: int, tmp_path: Path) -> None:
    start = time.monotonic()
    address = f"http://127.0.0.1:{silent}/x.git"
    assert ask_server(tmp_path, "ls-remote", address, seconds=1) == (124, "no answer within 1 s")
    assert time.monotonic() - start < 30
    # A killed process is listed until the kernel has taken it down.
    until(lambda: address not in run(tmp_path, "ps", "-eo", "args").stdout)


class Locked(BaseHTTPRequestHandler):
    """Wants a password."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_nobody_is_asked_for_a_password(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Locked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code, told = ask_server(tmp_path, "ls-remote", f"http://127.0.0.1:{server.server_port}/x.git", seconds=20)
    server.shutdown()
    assert code == 128
    assert "terminal prompts disabled" in told
