"""From an address to the function that answers it."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from src.live.service.state import State

Handler = Callable[[Request, State], Awaitable[Response]]


class Endpoint:
    """A function as an application; ``path`` is its place in the table of routes, for metrics and log.

    Starlette's own wrapper handles exceptions a second time, which costs a tenth of an answer.
    """

    def __init__(self, path: str, handler: Handler) -> None:
        self.path, self.handler = path, handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self.handler(Request(scope, receive, send), scope["service"])
        await response(scope, receive, send)


def route(method: str, path: str, handler: Handler) -> Route:
    """``handler`` answers ``method`` on ``path``."""
    return Route(path, Endpoint(path, handler), methods=[method])
