"""Source `exchange`: the closed candles of [end − days, end), page by page, each page asked for once."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from src.candles.exchange.cache import Page, PageCache
from src.candles.exchange.client import ExchangeClient
from src.candles.exchange.pages import SETTLING, Span, last_settled
from src.candles.params import ExchangeParams, IngestParams
from src.candles.readers.columns import epoch_times
from src.candles.rows import Part, Rows, joined
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

PROGRESS_EVERY = 30


def read_exchange(params: IngestParams, cache: Path, say: Callable[[str], None]) -> Rows:
    """The rows of the period, from the download cache where it has them.

    Args:
        params: the section `ingest`, with `end` and `days`.
        cache: folder of downloads; pages are kept below it.
        say: gets a line now and then: progress, and what was tried again.

    Raises:
        UserError: the exchange gives no candles, or `end` has not passed by its clock.
    """
    end = params.end_time
    if end is None or params.days is None:
        raise UserError(
            "source exchange needs `ingest.end`, a fixed time; `make update` sets it to the last closed candle."
        )
    start = end - timedelta(days=params.days)
    settings = params.exchange
    client = ExchangeClient(settings, params.timeframe, params.step.to_pytimedelta(), say)
    pages = PageCache(cache / _folder(settings) / params.timeframe)
    spans = client.pages(start, end)
    tables, fetched = [], 0
    for done, span in enumerate(spans, start=1):
        close = min(span[1], end)
        rows = pages.get(span[0], close)
        if rows is None:
            if not fetched:
                client.connect()
            rows = _closed(client.fetch(span), close, client.step)
            _refuse_unclosed(client, span, close, rows)
            pages.put(span[0], close, rows)
            fetched += 1
        tables.append(_table(rows, f"{settings.id} {settings.symbol} {span[0]:%Y-%m-%d}"))
        if done % PROGRESS_EVERY == 0 or done == len(spans):
            say(f"{settings.id} {settings.symbol}: {done} of {len(spans)} pages, {client.requests} requests")
    return _within(joined(tables), start, end)


def last_closed(params: IngestParams, say: Callable[[str], None]) -> datetime:
    """The close of the last whole candle by the exchange's own clock.

    Raises:
        UserError: it cannot be reached, or tells no time.
    """
    step = params.step.to_pytimedelta()
    client = ExchangeClient(params.exchange, params.timeframe, step, say)
    client.connect()
    return last_settled(_clock(client), step)


def _closed(rows: Page, end: datetime, step: timedelta) -> Page:
    """The candles that close by ``end``: the last one served is usually half-formed."""
    latest = int((end - step).timestamp() * 1000)
    return [[int(row[0]), *row[1:]] for row in rows if row[0] <= latest]


def _refuse_unclosed(client: ExchangeClient, span: Span, close: datetime, rows: Page) -> None:
    now = _clock(client)
    if close > now - SETTLING:
        raise UserError(
            f"`ingest.end` {close:%Y-%m-%dT%H:%MZ} has not passed by the clock of {client.params.id} "
            f"({now:%Y-%m-%dT%H:%M:%SZ}); set an earlier end (`make update` finds the last closed candle)."
        )
    if not rows:
        raise UserError(
            f"{client.params.id} has no closed candle from {span[0]:%Y-%m-%dT%H:%MZ} to {close:%Y-%m-%dT%H:%MZ}; "
            "take another period."
        )


def _clock(client: ExchangeClient) -> datetime:
    if client.server_time is None:
        raise UserError(f"{client.params.id} tells no time (no Date header), so no candle is known to be closed.")
    return client.server_time


def _table(rows: Page, name: str) -> tuple[pd.DataFrame, Part]:
    frame = pd.DataFrame({"timestamp": epoch_times(name, np.array([row[0] for row in rows], dtype="int64"))})
    for position, column in enumerate(CANDLE_COLUMNS[1:], start=1):
        frame[column] = np.array([row[position] for row in rows], dtype="float64")
    digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    return frame.assign(line=np.arange(1, len(frame) + 1, dtype="int32")), Part(name, digest, "ccxt", "candle")


def _within(rows: Rows, start: datetime, end: datetime) -> Rows:
    time = rows.frame["timestamp"]
    inside = (time >= pd.Timestamp(start)) & (time < pd.Timestamp(end))
    return Rows(rows.frame[inside].reset_index(drop=True), rows.parts)


def _folder(settings: ExchangeParams) -> str:
    """One folder per market; other settings may mean another server."""
    name = f"{settings.id}-{settings.symbol.replace('/', '_').replace(':', '_')}"
    if settings.settings:
        name += (
            "-" + hashlib.sha256(json.dumps(settings.settings, sort_keys=True, default=str).encode()).hexdigest()[:8]
        )
    return name
