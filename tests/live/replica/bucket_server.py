"""Google's XML API on loopback, as far as the lease and the copies need it: generations and their preconditions.

gcp-storage-emulator, which other tests use, ignores `x-goog-if-generation-match`: with it two could hold one lease.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

BUCKET = "journals"


class BucketServer(ThreadingHTTPServer):
    """``objects`` are the bytes and the generation by key. ``down``: every request fails; ``deaf``: puts are done, but
    their answers get lost so many times."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, int]] = {}
        self.writes = 0
        self.down, self.deaf = False, 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def settle(self, root: Path) -> None:
        """Let the checkout at ``root`` reach the bucket here."""
        (root / ".dvc").mkdir(parents=True, exist_ok=True)
        (root / ".dvc/config.local").write_text(
            f"['remote \"gcs\"']\n    url = gs://{BUCKET}/x\n    endpointurl = {self.url}\n"
            "    allow_anonymous_login = true\n"
        )


class _Handler(BaseHTTPRequestHandler):
    server: BucketServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = None if self._refused() else self.server.objects.get(self._key)
        if found:
            self._answer(200, found[0], found[1])
        elif not self.server.down:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._refused():
            return
        wanted = self.headers.get("x-goog-if-generation-match")
        with self.server.lock:
            generation = self.server.objects.get(self._key, (b"", 0))[1]
            if wanted is not None and int(wanted) != generation:
                self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
                return
            self.server.writes += 1
            self.server.objects[self._key] = (content, 1000 + self.server.writes)
            deaf = self.server.deaf > 0
            self.server.deaf -= deaf
        self._answer(*(503, b"") if deaf else (200, b"", 1000 + self.server.writes))

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).split("/", 2)[2]

    def _refused(self) -> bool:
        if self.server.down:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return self.server.down

    def _answer(self, code: int, body: bytes, generation: int = 0) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Thu, 17 Oct 2019 10:00:00 GMT")
        self.send_header("ETag", f'"{generation}"')
        self.send_header("x-goog-generation", str(generation))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *_: object) -> None:
        """Quiet."""


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    """An empty bucket."""
    server = BucketServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
