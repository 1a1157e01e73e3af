"""The application: the table of routes behind the door."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from src.live.service.door import Door
from src.live.service.endpoints import (
    alerts,
    candles,
    events,
    explained,
    history,
    inference,
    openapi,
    pages,
    predict,
)
from src.live.service.metrics import CONTENT_TYPE
from src.live.service.replies import reply
from src.live.service.routing import route
from src.live.service.state import State


def make_app(state: State) -> ASGIApp:
    """What uvicorn runs."""
    return Door(Router(routes(), redirect_slashes=False), state)


def routes() -> list[Route]:
    """Every address; the first that fits answers, so what is asked most stands first."""
    return [
        route("POST", "/predict", predict.predict),
        *inference.routes(),
        route("POST", "/signal", candles.signal),
        route("GET", "/health", health),
        route("GET", "/metrics", metrics),
        route("POST", "/alerts", alerts.alerts),
        *history.routes(),
        *explained.routes(),
        *events.routes(),
        route("GET", "/openapi.json", openapi.document),
        *pages.routes(),
    ]


async def health(_request: Request, state: State) -> Response:
    """Whether the process answers, and whether its graph is proven and loaded; no more, since all may ask."""
    return reply({"live": True, "ready": state.ready}, 200 if state.ready else 503)


async def metrics(_request: Request, state: State) -> Response:
    """What Prometheus reads."""
    # The journal and git are asked too: none of the other requests waits for them.
    return Response(
        await asyncio.to_thread(state.metrics.page), media_type=None, headers={"content-type": CONTENT_TYPE}
    )
