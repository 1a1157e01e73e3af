"""What every request passes: its id, who may ask, one shape of errors, headers for browsers, metrics, one log line."""

import asyncio
import re
import secrets
import time
from itertools import count
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.core.errors import UserError
from src.live.service.endpoints.pages import sign_in
from src.live.service.errors import Refusal, error_body
from src.live.service.state import State

# Who has no token yet may ask for these; the sign-in page is answered with 401 in the place of `/`.
_OPEN = frozenset({"/health", "/v2/health/live", "/v2/health/ready", "/login"})
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}").fullmatch
_PAGES = frozenset({"/", "/login"})
_NOTHING = b"default-src 'none'; frame-ancestors 'none'"
_OWN = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Answers are read by their own page alone, never sniffed, framed or kept. `same-origin`, since without any referrer a
# browser would send `Origin: null` with the sign-in form.
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Door:
    """The outermost application.

    Args:
        app: what answers; it may raise ``Refusal``.
        state: of the service.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state
        self._prefix, self._count = secrets.token_hex(5).encode(), count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        request_id = given if given and _REQUEST_ID(given) else b"%s-%x" % (self._prefix, next(self._count))
        scope["app"], scope["service"], scope["header"] = self, self._state, headers
        sending = _Sending(send, request_id, self._state, page=scope["path"] in _PAGES)
        try:
            self._check(scope["path"], headers)
            await self._app(scope, receive, sending)
        except Refusal as refusal:
            if refusal.status == 401 and scope["path"] == "/":
                await sending.sign_in()
            else:
                await sending.error(refusal.status, refusal.code, refusal.sentence, close=refusal.close)
        except HTTPException as error:
            await sending.error(*_told(error, scope))
        except UserError as error:
            # A journal that cannot be read, at this moment or at all.
            await sending.error(503, "unreadable", str(error))
        except Exception as error:
            text = request_id.decode()
            kind, where = type(error).__name__, _where(error)
            self._state.log.event("error", request_id=text, kind=kind, where=where, text=str(error)[:500])
            await sending.error(500, "internal", "the service made a mistake; its log tells more under this id.")
        # Counted after the answer has left: uvloop writes at the end of this turn of the loop.
        asyncio.get_running_loop().call_soon(
            self._count_in, scope, request_id, sending.status, time.perf_counter() - began
        )

    def _count_in(self, scope: Scope, request_id: bytes, status: int, seconds: float) -> None:
        route = _route(scope)
        self._state.metrics.request(route, status, seconds)
        self._state.log.request(
            request_id=request_id.decode(),
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 3),
            client=scope["client"][0] if scope.get("client") else "",
        )

    def _check(self, path: str, headers: dict[bytes, bytes]) -> None:
        access = self._state.access
        access.check_names(headers.get(b"host"), headers.get(b"origin"))
        if path in _OPEN or not access.needs_token:
            return
        access.check_token(headers.get(b"authorization"), headers.get(b"cookie"))


class _Sending:
    """Adds the headers that every answer has, and remembers its status; 499 if none was sent."""

    def __init__(self, send: Send, request_id: bytes, state: State, *, page: bool) -> None:
        self._send, self._id, self._state, self._page = send, request_id, state, page
        self.status = 499

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            policy = (b"content-security-policy", _OWN if self._page else _NOTHING)
            message["headers"] = [*message["headers"], *_HEADERS, policy, (b"x-request-id", self._id)]
            if self._state.draining:
                message["headers"].append((b"connection", b"close"))
        await self._send(message)

    async def sign_in(self) -> None:
        """Answer a browser that has no session yet."""
        body = sign_in()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        headers.append((b"www-authenticate", b"Bearer"))
        await self({"type": "http.response.start", "status": 401, "headers": headers})
        await self({"type": "http.response.body", "body": body})

    async def error(self, status: int, code: str, sentence: str, *, close: bool = False) -> None:
        """Answer with an error, if nothing was sent yet."""
        if self.status != 499:
            return
        body = error_body(sentence, code, self._id.decode())
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if close and not self._state.draining:
            headers.append((b"connection", b"close"))
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def _told(error: HTTPException, scope: Scope) -> tuple[int, str, str]:
    if error.status_code == 404:
        return 404, "not_found", "nothing is served under this address; GET /openapi.json lists what is."
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return 405, "method", f"{scope['method'][:10]} is not answered here; use {allowed}."
    return error.status_code, "http", f"{error.detail}; GET /openapi.json says what is served."


def _route(scope: Scope) -> str:
    """The address as the table of routes has it: what was typed may hold anything."""
    endpoint: Any = scope.get("endpoint")
    return getattr(endpoint, "path", "none")


def _where(error: Exception) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "" if frame is None else f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"
