"""What the page reads: status, journal, candles, scores; and the journal's newest answers for bots."""

import asyncio
import os
import time
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from src.live.service.endpoints.candles import SignalAnswer
from src.live.service.errors import Refusal
from src.live.service.records import NO_JOURNAL, guard_of
from src.live.service.replies import reply
from src.live.service.routing import route
from src.live.service.served import VersionsAnswer
from src.live.service.state import State

MOST_ROWS = 5000
_LATEST = 253_402_300_800  # the year 10000
T = TypeVar("T")


def routes() -> list[Route]:
    """All that is read of the journal."""
    return [
        route("GET", "/signal", signal),
        route("GET", "/status", status),
        route("GET", "/versions", versions),
        route("GET", "/journal", journal),
        route("GET", "/candles", candles),
        route("GET", "/scores", scores),
    ]


async def signal(_request: Request, state: State) -> Response:
    """What each version said of the newest candle."""
    answers = state.records.answers()
    if not answers:
        raise Refusal(503, "no_journal", NO_JOURNAL)
    return reply(SignalAnswer(answers))


async def status(_request: Request, state: State) -> Response:
    """What the page shows as health."""
    return reply(status_of(state))


def status_of(state: State) -> dict[str, Any]:
    """As `GET /status` answers."""
    records, default = state.records, state.line_up.default
    market, newest, halt = records.market(), records.reader.newest(), records.halted()
    exchange = state.settings.exchange
    timeframe = market.timeframe if market else None
    return {
        "now": time.time(),
        "started": state.started,
        "state": "draining" if state.draining else "serving",
        # Of an image (deploy/Dockerfile) on Cloud Run.
        "build": {"commit": os.environ.get("BUILD_COMMIT"), "revision": os.environ.get("K_REVISION")},
        "exchange": market.exchange if market else exchange.id,
        "symbol": market.symbol if market else exchange.symbol,
        "timeframe": timeframe or (default.seconds if default else None),
        "journal": {
            "present": market is not None,
            "predictions": records.reader.newest_numbers()[0],
            "newest": newest[0].opened if newest else None,
            "sentence": None if market else NO_JOURNAL,
        },
        "candle_age": records.candle_age(),
        "halted": {"since": halt.since, "why": halt.why} if halt else None,
        "guard": guard_of(newest),
        "reload_error": state.reload_error,
    }


async def versions(_request: Request, state: State) -> Response:
    """The versions that answer."""
    return reply(versions_of(state))


def versions_of(state: State) -> VersionsAnswer:
    """As `GET /versions` answers: halted, no version has a share."""
    shown = state.line_up.shown
    if state.records.halted() is None:
        return shown
    return VersionsAnswer(tuple(msgspec.structs.replace(one, share=0.0) for one in shown.versions))


async def journal(request: Request, state: State) -> Response:
    """Predictions and their outcomes."""
    since, limit, version = _since(request), _limit(request), request.query_params.get("version")
    return reply({"rows": await asyncio.to_thread(state.records.rows, since, limit, version)})


async def candles(request: Request, state: State) -> Response:
    """The journal's candles."""
    market = state.records.market()
    found = await asyncio.to_thread(state.records.candles, _since(request), _limit(request))
    rows = [[one.opened, one.open, one.high, one.low, one.close, one.volume] for one in found]
    return reply({"timeframe": market.timeframe if market else None, "candles": rows})


async def scores(request: Request, state: State) -> Response:
    """What each version's predictions were worth."""
    found = await asyncio.to_thread(state.records.scores, _since(request))
    told = [{"version": one.version, "step": one.step} | msgspec.to_builtins(one.scores) for one in found]
    return reply({"cost": state.settings.serve.cost, "versions": told})


def _since(request: Request) -> int:
    return _whole(request, "since", 0, 0, _LATEST)


def _limit(request: Request) -> int:
    return _whole(request, "limit", 500, 1, MOST_ROWS)


def _whole(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number of the query.

    Raises:
        Refusal: it is none, or beyond its bounds.
    """
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 16 and least <= int(given) <= most):
        raise Refusal(400, "invalid_query", f"`{name}` is {given[:20]!r}; send a whole number in [{least}, {most}].")
    return int(given)
