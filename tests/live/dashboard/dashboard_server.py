"""A small server with the answers of docs/live-api.md: what the page reads."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.live.dashboard.recorded_days import Recorded

DASHBOARD = Path(__file__).resolve().parents[3] / "src/live/dashboard"
TOKEN = "a-token-of-more-than-thirty-two-letters"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
# As the service sends it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class DashboardServer(ThreadingHTTPServer):
    """The page and its answers on a free port of 127.0.0.1; ``token`` asks for one."""

    daemon_threads = True

    def __init__(self, recorded: Recorded, token: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorded, self.token = recorded, token
        self.listening: list[Any] = []
        self.changed = threading.Condition()
        self.closing, self.dropped = False, 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "DashboardServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing = True
        with self.changed:
            self.changed.notify_all()
        self.shutdown()
        self.server_close()

    def drop(self) -> None:
        """Break every stream of events."""
        with self.changed:
            self.dropped += 1
            self.changed.notify_all()

    def send(self, event: str, content: Any) -> None:
        """An event to every page that listens."""
        with self.changed:
            self.listening.append((event, msgspec.json.encode(content)))
            self.changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    server: DashboardServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._file("index.html")
        elif path.startswith("/assets/"):
            self._file(path.removeprefix("/assets/"))
        elif self.server.token and "session=1" not in self.headers.get("cookie", ""):
            self._reply(401, {"error": "no valid token.", "code": "token", "request_id": "1"})
        elif path == "/events":
            self._events()
        elif (content := self.server.recorded.answer(path)) is None:
            self._reply(404, {"error": "nothing is served here.", "code": "not_found", "request_id": "1"})
        else:
            self._reply(200, content)

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if given["token"] != self.server.token:
            self._reply(401, {"error": "this is not the token.", "code": "token", "request_id": "1"})
            return
        self._head(204, "text/plain", {"set-cookie": "session=1; Path=/; HttpOnly; SameSite=Strict"})

    def _events(self) -> None:
        server, sent, dropped = self.server, len(self.server.listening), self.server.dropped
        self._head(200, "text/event-stream", {"connection": "close"})
        self.wfile.write(b"retry: 200\n\n")
        self._event("status", msgspec.json.encode(server.recorded.answer("/status")))
        while not server.closing and server.dropped == dropped:
            with server.changed:
                while not server.closing and server.dropped == dropped and len(server.listening) == sent:
                    server.changed.wait()
                new, sent = server.listening[sent:], len(server.listening)
            for event, content in new:
                self._event(event, content)

    def _event(self, event: str, content: bytes) -> None:
        self.wfile.write(f"event: {event}\ndata: ".encode() + content + b"\n\n")
        self.wfile.flush()

    def _file(self, name: str) -> None:
        path = DASHBOARD / name
        if not path.is_file():
            self._reply(404, {"error": "no such file.", "code": "not_found", "request_id": "1"})
            return
        content = path.read_bytes()
        self._head(200, TYPES.get(path.suffix, "image/svg+xml"), {"content-length": str(len(content))})
        self.wfile.write(content)

    def _reply(self, status: int, content: Any) -> None:
        body = msgspec.json.encode(content)
        self._head(status, "application/json", {"content-length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"content-type": kind, "content-security-policy": POLICY} | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
