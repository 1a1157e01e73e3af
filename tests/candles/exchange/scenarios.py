"""Every fault the exchange source must survive or refuse, as a server and a client with settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from src.candles.collect import Collected, collect
from src.candles.exchange.fetch import read_exchange
from src.candles.params import IngestParams
from tests.candles.exchange import bitbank_server as fault
from tests.candles.exchange.bitbank_server import Answer, BitbankServer

TIMEOUT = 0.4


@dataclass(frozen=True)
class Scenario:
    """A fault in the page of one day, and what must come of it.

    Attributes:
        answers: given for that day before the true answer.
        extra_requests: asked beyond those of a clean run.
        refusal: pattern of the sentence, or "" where the candles must equal the clean run's.
    """

    name: str
    answers: list[Answer] = field(default_factory=list)
    extra_requests: int = 0
    refusal: str = ""


FOREVER = 6
SCENARIOS = [
    Scenario("429 with Retry-After", [fault.status(429, Retry_After="1")], 1),
    Scenario("429 without Retry-After", [fault.status(429)] * 2, 2),
    Scenario(
        "429 that asks for an hour",
        [fault.status(429, Retry_After="3600")],
        0,
        "429 too many requests, asks to wait 3600 s",
    ),
    Scenario("500, 502, 503", [fault.status(500), fault.status(502), fault.status(503)], 3),
    Scenario("500 without end", [fault.status(500)] * FOREVER, 0, "in 6 attempts .*HTTP 500"),
    Scenario("timeout", [fault.late(TIMEOUT * 2)], 1),
    Scenario("connection reset in mid-body", [fault.reset_in_mid_body], 1),
    Scenario("connection closed in mid-body", [fault.closed_in_mid_body], 1),
    Scenario("a body that is not the gzip it says", [fault.false_gzip], 1),
    Scenario("truncated JSON", [fault.truncated_json], 1),
    Scenario("truncated JSON without end", [fault.truncated_json] * FOREVER, 0, "no whole JSON"),
    Scenario("HTML error page with status 200", [fault.html_page], 1),
    Scenario("HTML page without end", [fault.html_page] * FOREVER, 0, "no whole JSON .*Just a moment"),
    Scenario("JSON of another form", [fault.other_form], 1),
    Scenario("JSON of another form without end", [fault.other_form] * FOREVER, 0, "no candle in an answer of 0"),
    Scenario("empty page", [fault.empty_page], 1),
    Scenario("empty page without end", [fault.empty_page] * FOREVER, 0, "no candle in an answer of 0"),
    Scenario("duplicate and out-of-order candles", [fault.duplicated_and_shuffled], 0),
    Scenario("two different candles at one time", [fault.conflicting], 1),
    Scenario("two different candles without end", [fault.conflicting] * FOREVER, 0, "two different candles at 2"),
    Scenario("a broken candle", [fault.broken_candle], 1),
    Scenario("missing day (code 10000)", [fault.missing_day], 0, 'did not give the candles of .*"code":10000'),
    Scenario("errors that pass", [fault.refusal(code) for code in (10001, 10003, 10005)], 3),
    Scenario("more errors that pass", [fault.refusal(code) for code in (10007, 10008, 10009)], 3),
]

# Fetches in a process of its own: params as JSON, cache, parquet to write.
FETCH = """
import json, sys
from pathlib import Path
from src.candles.params import IngestParams
from tests.candles.exchange.scenarios import fetched
params = IngestParams.model_validate_json(Path(sys.argv[1]).read_text())
fetched(params, Path(sys.argv[2])).candles.to_parquet(sys.argv[3])
"""


def params_for(server: BitbankServer, end: datetime, days: int, **exchange: object) -> IngestParams:
    """The section `ingest` that fetches [end − days, end) from ``server``."""
    told = {"settings": server.settings, "timeout": TIMEOUT, "first_wait": 0.01} | exchange
    return IngestParams.model_validate(
        {
            "source": "exchange",
            "path": "data/snapshots/coinbase_btcusd_1h.csv.gz",
            "timeframe": "1h",
            "days": days,
            "end": end.isoformat(),
            "exchange": told,
        }
    )


def fetched(params: IngestParams, cache: Path, say: Callable[[str], None] = lambda _: None) -> Collected:
    """The candles and report as the stage makes them."""
    return collect(read_exchange(params, cache, say), params)


def faulty_day(end: datetime, days: int) -> str:
    """The page in the middle of the period."""
    return f"{end - timedelta(days=days // 2):%Y%m%d}"


def expected(candles: pd.DataFrame, end: datetime, days: int) -> pd.DataFrame:
    """The rows of ``candles`` the fetch must give."""
    time = candles["timestamp"]
    inside = (time >= pd.Timestamp(end - timedelta(days=days))) & (time < pd.Timestamp(end))
    return candles[inside].reset_index(drop=True)
