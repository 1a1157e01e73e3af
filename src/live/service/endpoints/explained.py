"""`GET /explain`: why a version answered for the journal's newest candle as it did."""

import asyncio
from collections.abc import Sequence

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from src.core.errors import UserError
from src.live.answering.window import Window
from src.live.explaining.explain import BEFORE, Explanation
from src.live.journal.rows import Candle
from src.live.service.endpoints.features import chosen
from src.live.service.records import NO_JOURNAL
from src.live.service.replies import reply
from src.live.service.routing import route
from src.live.service.state import State


class ExplainAnswer(msgspec.Struct, frozen=True):
    """An explanation, or the sentence that says why there is none yet."""

    explanation: Explanation | None = None
    sentence: str | None = None


def routes() -> list[Route]:
    """The one address."""
    return [route("GET", "/explain", explained)]


async def explained(request: Request, state: State) -> Response:
    """The contributions of each feature to the newest answer."""
    served = chosen(state.line_up, request.query_params.get("version"))
    market = state.records.market()
    if market is None:
        return reply(ExplainAnswer(sentence=NO_JOURNAL))
    candles = await asyncio.to_thread(state.records.candles, 0, served.facts.warmup + BEFORE)
    try:
        return reply(ExplainAnswer(await state.explanations.of(served, _window(candles, market.timeframe))))
    except UserError as error:
        return reply(ExplainAnswer(sentence=str(error)))


def _window(candles: Sequence[Candle], timeframe: int) -> Window:
    opened = np.array([one.opened for one in candles], dtype=np.int64)
    values = [(one.open, one.high, one.low, one.close, one.volume) for one in candles]
    newest_close = float(opened[-1] + timeframe) if len(opened) else 0.0
    return Window(opened, np.array(values, dtype=np.float64).reshape(-1, 5), newest_close, timeframe)
