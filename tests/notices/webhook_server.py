"""A webhook on loopback that answers as it is told, as Discord does: 200 with an id, 429 with Retry-After, …"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "kX9vQ2mZ7LtR4nB8wYcJ1sHd6FgP3aUe"
# An answer: a status, with headers, or what happens in its place.
CLOSED, SILENT = "closed", "silent"
Answer = int | tuple[int, dict[str, str]] | str


class WebhookServer(ThreadingHTTPServer):
    """``requests`` came so far, as (path, headers, JSON); ``stored`` are those that were answered with 200."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = list(answers)
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.stored: list[Any] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """As Discord makes them."""
        return f"http://127.0.0.1:{self.server_address[1]}/api/webhooks/1300000000000000000/{SECRET}"

    @property
    def texts(self) -> list[str]:
        """What people read."""
        return [body.get("content", body.get("text")) for body in self.stored]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebhookServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 200
        if isinstance(answer, str):
            # Taken, but nobody learns of it.
            self.server.stored.append(body)
            if answer == SILENT:
                self.server.released.wait(30)
            self.close_connection = True
            return
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        content = b"{}"
        if status == 200:
            self.server.stored.append(body)
            content = json.dumps({"id": str(13 * 10**17 + len(self.server.stored))}).encode()
        elif status == 429:
            content = json.dumps({"message": "You are being rate limited.", "retry_after": 0.3}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def webhook(*answers: Answer) -> Iterator[WebhookServer]:
    """The server; after ``answers`` it answers 200."""
    with WebhookServer(answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join(30)
