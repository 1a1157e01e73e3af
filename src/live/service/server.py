"""One worker of uvicorn: starts when a proven version is loaded, ends without dropping what was asked."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from src.core.errors import UserError
from src.live.running.versions import Versions
from src.live.service.access import Access
from src.live.service.app import make_app
from src.live.service.current import Current
from src.live.service.listening import Listening, listening
from src.live.service.logs import JsonHandler, Log
from src.live.service.protocol import Protocol
from src.live.service.records import Records
from src.live.service.served import LineUp
from src.live.service.state import State
from src.live.settings import LiveSettings
from src.live.telling.telling import passing_on

# Connections that the system keeps until they are accepted.
_BACKLOG = 2048


def serve(root: Path, settings: LiveSettings) -> None:
    """Answer until SIGTERM or SIGINT.

    Raises:
        UserError: no token where one is needed, no proven version, a journal that cannot be read, the port is taken, or
            an address for notices that cannot be used.
    """
    where = listening(root, settings.serve)
    log, records = Log(), Records(root, settings)
    held = {row.step: row.version for row in records.reader.newest() if row.step}
    current = Current(Versions(root, settings, held), lambda name, why: log.event("refused", version=name, why=why))
    line_up = LineUp(current.look() or ())
    sockets = [_bound(where)]
    with passing_on(root, settings, lambda text: log.event("notices", text=text)) as notices:
        access = Access(where, settings.serve.session_days)
        Server(State(settings, access, log, records, notices, line_up), current).run(sockets)
    log.event("end")


def _bound(where: Listening) -> socket.socket:
    try:
        found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Here, where a port that is taken becomes a sentence: two sockets can be bound to one port, but not listen.
        bound.listen(_BACKLOG)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(
            f"cannot listen on {where.host}, port {where.port} ({reason}); set `serve.host` and `serve.port` of "
            "deploy/live.yaml."
        ) from None
    return bound


class Server(uvicorn.Server):
    """uvicorn's server; after SIGTERM it takes no new connection and ends those it has with their next answer.

    Args:
        state: of the service.
        source: of its versions, looked at every `serve.reload_seconds`.
    """

    def __init__(self, state: State, source: Current) -> None:
        self._state, self._source, settings = state, source, state.settings.serve
        self._ends: float | None = None
        self._listeners: list[socket.socket] = []
        refused: Callable[[int], None] = lambda status: state.metrics.request("none", status, 0.0)  # noqa: E731
        self._kind: type[Protocol] = type(
            "Connection", (Protocol,), {"most": settings.connections, "refused": staticmethod(refused)}
        )
        for name in ("uvicorn", "uvicorn.error"):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [JsonHandler(state.log)], False
            logger.setLevel(logging.ERROR)
        super().__init__(
            uvicorn.Config(
                make_app(state),
                http=self._kind,
                ws="none",
                loop=_loop(),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and only then say so: signals are handled and connections accepted from here on."""
        await super().startup(sockets)
        self._listeners = sockets or []
        host, port = self._listeners[0].getsockname()[:2]
        self._state.log.event("start", host=host, port=port, versions=list(self._state.line_up.by_version))

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer, and look for other versions beside it."""
        async with self._watching():
            await super().serve(sockets)
        self._state.log.flush()

    @contextlib.asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        """Swap versions when they change; whoever is being answered keeps the one that began."""
        state = self._state
        while True:
            await asyncio.sleep(state.settings.serve.reload_seconds)
            try:
                found = await asyncio.to_thread(self._source.look)
            except UserError as error:
                if state.reload_error != str(error):
                    state.log.event("reload", error=str(error))
                    state.metrics.swap_errors.inc()
                state.reload_error = str(error)
                continue
            state.reload_error = None
            if found is not None:
                state.line_up = LineUp(found)
                state.metrics.swaps.inc()
                state.log.event("reload", versions=list(state.line_up.by_version))

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: write the log, end what takes too long, end the process when it is drained."""
        now = asyncio.get_running_loop().time()
        if counter % 2 == 0:
            self._state.log.flush()
        for connection in list(self.server_state.connections):
            connection.expire(now, self._state.settings.serve.request_seconds)  # type: ignore[union-attr]
        if self._state.draining and not self.should_exit:
            await self._drain(now)
        return await super().on_tick(counter)

    async def _drain(self, now: float) -> None:
        if self._ends is None:
            self._ends = now + self._state.settings.serve.drain_seconds
            await self._take_waiting()
            for server in self.servers:
                server.close()
        if not self.server_state.connections or now >= self._ends:
            self.should_exit = True

    async def _take_waiting(self) -> None:
        """Accept the connections that the system holds: closing the socket would reset them."""
        loop = asyncio.get_running_loop()

        def connection() -> Protocol:
            return self._kind(self.config, self.server_state, {}, loop)

        for listener in self._listeners:
            # Not blocking, since the loop reads it.
            with contextlib.suppress(OSError):
                while True:
                    accepted, _ = listener.accept()
                    await loop.connect_accepted_socket(connection, accepted)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to drain; a second signal ends at once."""
        if self._state.draining:
            self.should_exit = self.force_exit = True
        self._state.draining = True


def _loop() -> Any:
    try:
        import uvloop  # noqa: F401
    except ImportError:  # Windows
        return "asyncio"
    return "uvloop"
