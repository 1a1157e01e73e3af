"""HTTP/1.1 by uvicorn and httptools, with limits that they lack: size of the head, time of a request, connections."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from src.live.service.errors import error_body

HEAD_BYTES = 16 << 10
_STATUS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large", 503: b"Busy"}


class Protocol(HttpToolsProtocol):
    """One connection. ``most`` and ``refused`` are set by the server that makes them.

    Attributes:
        most: connections at a time.
        refused: is told the status of each request that no application sees.
    """

    most = 256
    refused = staticmethod(lambda _status: None)

    def connection_made(self, transport: Any) -> None:
        """Take the connection, if there are not too many."""
        self._head: int | None = 0
        self._verdict: tuple[int, str, str] | None = None
        super().connection_made(transport)
        # The request that is awaited or arrives since then; None while one is answered or none was begun.
        self.since: float | None = self.loop.time()
        if len(self.connections) > self.most:
            self.refuse(503, "busy", f"there are {self.most} connections already; come back in a moment.")

    def data_received(self, data: bytes) -> None:
        """Count what arrives before the end of a request's head."""
        if self.transport.is_closing():
            return
        if self._head is not None:
            self._head += len(data)
        if self.since is None and (self.cycle is None or self.cycle.response_complete):
            self.since = self.loop.time()
        super().data_received(data)
        # A value of a header is handed on only when it is whole.
        if self._head is not None and self._head > HEAD_BYTES and not self.transport.is_closing():
            self._too_large()

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self._seen = 0

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes | None) -> None:
        """A header; httptools gives None for an empty value."""
        self._count(name, value or b"")
        super().on_header(name, value or b"")

    def on_headers_complete(self) -> None:
        """The head is whole; a body may follow."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole; the time that is left is the answer's."""
        super().on_message_complete()
        self._head, self.since = 0, None

    def _count(self, *parts: bytes) -> None:
        self._seen += sum(map(len, parts))
        if self._seen > HEAD_BYTES:
            self._verdict = (431, "head_too_large", _TOO_LARGE)
            raise ValueError(_TOO_LARGE)

    def _too_large(self) -> None:
        self.refuse(431, "head_too_large", _TOO_LARGE)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """What uvicorn calls for bytes that are no HTTP, in our shape of an error."""
        self.refuse(*(self._verdict or (400, "no_http", "this is no HTTP/1.1 request; send one.")))

    def expire(self, now: float, seconds: float) -> None:
        """End the connection if its request is under way for more than ``seconds``."""
        if self.since is not None and now - self.since > seconds and not self.transport.is_closing():
            self.refuse(408, "too_slow", f"no whole request arrived within {seconds:g} s; send it at once.")

    def refuse(self, status: int, code: str, sentence: str) -> None:
        """Answer with an error, if no other answer is under way, and close."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = error_body(sentence, code, "")
            head = (
                b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head % (status, _STATUS[status], len(body)) + body)
        type(self).refused(status)
        self.since = None
        self.transport.close()


_TOO_LARGE = f"the address and headers of the request have more than {HEAD_BYTES} bytes; send fewer."
