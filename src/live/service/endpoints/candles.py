"""`POST /signal`: the caller's candles through the guard to an answer of each version; `GET /signal`: the journal's."""

import asyncio
import time
from typing import Annotated

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from src.candles.timeframe import parse_timeframe
from src.live.answering.answer import Answer
from src.live.answering.signal import answer
from src.live.answering.window import Window
from src.live.service.endpoints.features import chosen
from src.live.service.errors import Refusal
from src.live.service.replies import body_of, decoded, reply
from src.live.service.state import State

# Later than the year 5138 in seconds, before 1973 in milliseconds.
_MILLISECONDS = 100_000_000_000
_FURTHEST = 253_402_300_800  # the year 10000


class SignalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Candles, oldest first, as ccxt's `fetch_ohlcv` lists them: open time (s or ms), open, high, low, close, volume.

    `now` is the time at which they were fetched, by the exchange's clock; default: the service's clock. `held` is the
    share of the stake that is held now, 0 to 1.
    """

    candles: list[tuple[int, float, float, float, float, float]]
    now: float | None = None
    timeframe: str | None = None
    version: str | None = None
    held: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class SignalAnswer(msgspec.Struct, frozen=True):
    """One answer for each version."""

    answers: list[Answer]


_DECODER = msgspec.json.Decoder(SignalRequest)


async def signal(request: Request, state: State) -> Response:
    """Answer the candles of the request; where the guard objects, the answer abstains and says why."""
    settings = state.settings
    asked = decoded(_DECODER, await body_of(request, settings.serve.body_bytes))
    if len(asked.candles) > settings.serve.rows:
        raise Refusal(
            413, "too_many_rows", f"there are {len(asked.candles)} candles, and {settings.serve.rows} are read at once."
        )
    first = chosen(state.line_up, asked.version)
    served = (first,) if asked.version is not None else state.line_up.served
    window = _window(asked, first.facts.timeframe)
    halted = state.records.halted() is not None

    def answered() -> list[Answer]:
        return [
            answer(one.loaded, window, settings, one.step, 0.0 if halted else one.share, asked.held) for one in served
        ]

    # A window costs more than the hand-over to a thread.
    answers = await asyncio.to_thread(answered)
    for one in answers:
        count(one, state)
    return reply(SignalAnswer(answers))


def count(one: Answer, state: State) -> None:
    """Count an answer from candles."""
    if one.probability is None:
        state.metrics.abstained(one.reason or "none")
    else:
        state.metrics.answered(one.version, [one.probability])


def _window(asked: SignalRequest, timeframe: str) -> Window:
    """The request's candles; what is wrong with them is the guard's to say.

    Raises:
        Refusal: a time that is none, or a timeframe that is none.
    """
    rows = np.array([row[1:] for row in asked.candles], dtype=np.float64).reshape(len(asked.candles), 5)
    opened = [_seconds(row[0]) for row in asked.candles]
    if part := next((moment for moment in opened if moment % 1), None):
        raise Refusal(400, "invalid_time", f"a candle opens at {part} s, within a second; send its open time.")
    now = time.time() if asked.now is None else _seconds(asked.now)
    try:
        step = parse_timeframe(asked.timeframe or timeframe).total_seconds()
    except ValueError as error:
        raise Refusal(400, "invalid_request", f"`timeframe` {error}.") from None
    return Window(np.array(opened, dtype=np.int64), rows, now, int(step))


def _seconds(moment: float) -> float:
    """A time in seconds or milliseconds as seconds.

    Raises:
        Refusal: before 1970 or after the year 9999.
    """
    seconds = moment / 1000 if abs(moment) >= _MILLISECONDS else float(moment)
    if not 0 <= seconds < _FURTHEST:
        told = f"{moment!r:.40} is no time in seconds or milliseconds since 1970; send one."
        raise Refusal(400, "invalid_time", told)
    return seconds
