"""One JSON object a line on standard error: requests without their queries, bodies or secrets."""

import logging
import sys
import time
from typing import Any

import msgspec

_FLUSH_SECONDS = 0.2


class Log:
    """Writes lines; those of requests are gathered for a moment, since a write costs more than most answers.

    Args:
        stream: text to write to; default standard error.
    """

    def __init__(self, stream: Any = None) -> None:
        self._stream = stream or sys.stderr
        self._waiting: list[bytes] = []
        self._encoder = msgspec.json.Encoder()

    def request(self, **facts: Any) -> None:
        """Note an answered request; it is written at the next ``flush``."""
        self._waiting.append(self._encoder.encode({"time": round(time.time(), 3), "event": "request", **facts}))

    def event(self, event: str, **facts: Any) -> None:
        """Write a line at once."""
        self._waiting.append(self._encoder.encode({"time": round(time.time(), 3), "event": event, **facts}))
        self.flush()

    def flush(self) -> None:
        """Write what waits; a closed standard error stops no answer."""
        if not self._waiting:
            return
        lines, self._waiting = b"\n".join(self._waiting).decode() + "\n", []
        try:
            self._stream.write(lines)
            self._stream.flush()
        except (OSError, ValueError):
            return


class JsonHandler(logging.Handler):
    """What libraries log, in the same lines; uvicorn's own are errors and the start."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; of an exception its last frame, never its locals."""
        facts: dict[str, Any] = {"level": record.levelname.lower(), "logger": record.name, "text": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            facts["exception"] = logging.Formatter().formatException(record.exc_info)[-2000:]
        self._log.event("log", **facts)
