"""`GET /events`: server-sent events that follow the journal, the versions and the halt."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from src.core.errors import UserError
from src.live.service.endpoints.history import status_of, versions_of
from src.live.service.errors import Refusal
from src.live.service.routing import route
from src.live.service.state import State

LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
STATUS_SECONDS = 60.0
# Rows of one look; the rest comes with the next.
MOST_ROWS = 500
_ID = re.compile(r"(\d{1,15})-(\d{1,15})").fullmatch
_ENCODE = msgspec.json.Encoder().encode


def routes() -> list[Route]:
    """The stream."""
    return [route("GET", "/events", events)]


async def events(request: Request, state: State) -> Response:
    """A stream that ends when the client leaves, or when the service drains."""
    if state.streams >= state.settings.serve.streams:
        raise Refusal(503, "busy", f"there are {state.streams} streams of events already; read GET /journal instead.")
    found = _ID(request.headers.get("last-event-id", ""))
    numbers = state.records.reader.newest_numbers()
    place = (int(found[1]), int(found[2])) if found else numbers[:2]
    return StreamingResponse(_stream(state, place), media_type="text/event-stream")


async def _stream(state: State, place: tuple[int, int]) -> AsyncIterator[bytes]:
    state.streams += 1
    state.metrics.streams.set(state.streams)
    try:
        told, beat, asked = _State(state), time.monotonic(), 0.0
        yield b"retry: 2000\n\n"
        while not state.draining:
            parts, place = _news(state, place)
            now = time.monotonic()
            parts += told.changed(due=now - asked >= STATUS_SECONDS)
            if parts:
                asked = now if any(part.startswith(b"event: status") for part in parts) else asked
                beat = now
                yield b"".join(parts)
            elif now - beat >= HEARTBEAT_SECONDS:
                beat = now
                yield b": still here\n\n"
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        state.streams -= 1
        state.metrics.streams.set(state.streams)


class _State:
    """What a stream told last of status and versions."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._key: Any = None
        self._versions = b""

    def changed(self, *, due: bool) -> list[bytes]:
        """The events that are due; a status when something in it changed or a minute has passed."""
        state, parts = self._state, []
        try:
            versions, halt = _ENCODE(versions_of(state)), state.records.halted()
            key = (halt, state.draining, state.reload_error)
            if due or key != self._key or versions != self._versions:
                parts.append(_event("status", _ENCODE(status_of(state))))
            if versions != self._versions:
                parts.append(_event("versions", versions))
        except UserError:
            # A journal that cannot be read at this moment; GET /status says why.
            return []
        self._key, self._versions = key, versions
        return parts


def _news(state: State, place: tuple[int, int]) -> tuple[list[bytes], tuple[int, int]]:
    """What was written since ``place``: the numbers of a prediction and of an outcome."""
    prediction, outcome = place
    try:
        newest = state.records.reader.newest_numbers()
        if newest[0] < prediction or newest[1] < outcome:
            # Another journal lies there now.
            return [], newest[:2]
        if newest[:2] == place:
            return [], place
        rows = state.records.rows_after(prediction, MOST_ROWS)
        outcome, decided = state.records.rows_decided_after(outcome, MOST_ROWS)
    except UserError:
        return [], place
    prediction = rows[-1].id if rows else prediction
    # A place that names all of one look: whoever comes back after a part of it gets some rows twice, none never.
    parts = [_event("prediction", _ENCODE(row)) for row in rows] + [_event("outcome", _ENCODE(row)) for row in decided]
    if parts:
        parts[-1] = b"id: %d-%d\n" % (prediction, outcome) + parts[-1]
    return parts, (prediction, outcome)


def _event(name: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
