"""A load client on bare sockets of uvloop: one request after the other on each connection, each one timed."""

import asyncio
import resource
import time
from dataclasses import dataclass, field
from typing import cast

import httptools
import uvloop

# Seconds for a last answer.
LONGEST = 60.0


@dataclass
class Load:
    """What one stretch of load measured.

    Attributes:
        seconds: from the request to the last byte of its answer, for each request.
        lasted: seconds of the stretch.
        busy: CPU seconds of the client in it.
    """

    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0
    busy: float = 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, until: float, load: Load) -> None:
        self._request, self._until, self._seconds = request, until, load.seconds
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport by their class.
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpResponseParser(self)
        self._ask()

    def _ask(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._seconds.append(now - self._began)
        if (status := self._parser.get_status_code()) != 200:
            self._end(RuntimeError(f"answered {status}"))
        elif now < self._until:
            self._ask()
        else:
            self._end(None)

    def connection_lost(self, _error: Exception | None) -> None:
        self._end(RuntimeError("the server closed the connection"))

    def _end(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error) if error else self.ended.set_result(None)
        self._transport.close()


def measure(port: int, request: bytes, connections: int, seconds: float) -> Load:
    """Ask for so long.

    Raises:
        TimeoutError: no answer came.
        RuntimeError: an answer other than 200, or a connection that the server ended.
    """
    return uvloop.run(_measure(port, request, connections, seconds))


async def _measure(port: int, request: bytes, connections: int, seconds: float) -> Load:
    loop, load = asyncio.get_running_loop(), Load()
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    made = [
        await loop.create_connection(lambda: _Connection(request, began + seconds, load), "127.0.0.1", port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + LONGEST):
        await asyncio.gather(*(connection.ended for _, connection in made))
    now = resource.getrusage(resource.RUSAGE_SELF)
    load.lasted = time.perf_counter() - began
    load.busy = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return load
