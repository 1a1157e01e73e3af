"""Any ccxt exchange by its name: Bitstamp's API on loopback, asked in pages of its own limit."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.collect import collect
from src.candles.contract import micros
from src.candles.exchange.fetch import read_exchange
from src.candles.params import IngestParams
from src.candles.rows import Rows
from src.core.errors import UserError
from tests.candles.exchange.scenarios import expected

END = datetime(2019, 6, 30, tzinfo=UTC)
MARKET = {
    "name": "BTC/USD",
    "market_symbol": "btcusd",
    "base_currency": "BTC",
    "counter_currency": "USD",
    "base_decimals": 8,
    "counter_decimals": 0,
    "minimum_order_value": "10",
    "trading": "Enabled",
    "description": "Bitcoin / U.S. dollar",
    "market_type": "SPOT",
}


def server_of(candles: pd.DataFrame) -> tuple[ThreadingHTTPServer, list[dict[str, str]]]:
    asked: list[dict[str, str]] = []
    rows = [
        {"timestamp": str(time // 1_000_000), **{name: repr(value) for name, value in row.items()}}
        for time, row in zip(micros(candles["timestamp"]).tolist(), candles.iloc[:, 1:].to_dict("records"), strict=True)
    ]

    class Bitstamp(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            if "ohlc" in url.path:
                asked.append(query)
                first, last = int(query["start"]), int(query["end"])
                found = [row for row in rows if first <= int(row["timestamp"]) <= last][: int(query["limit"])]
                document = {"data": {"pair": "BTC/USD", "ohlc": found}}
            else:
                document = [MARKET]
            content = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def date_time_string(self, *_: object) -> str:
            return format_datetime(END + timedelta(minutes=30), usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Bitstamp), asked


@pytest.fixture
def bitstamp(snapshot: pd.DataFrame) -> Iterator[tuple[IngestParams, list[dict[str, str]]]]:
    server, asked = server_of(snapshot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    exchange = {
        "id": "bitstamp",
        "symbol": "BTC/USD",
        "first_wait": 0.01,
        "settings": {"rateLimit": 1, "urls": {"api": {"public": url, "private": url}}},
    }
    base = {"source": "exchange", "path": "x", "timeframe": "1h", "days": 120, "end": END.isoformat()}
    yield IngestParams.model_validate(base | {"exchange": exchange}), asked
    server.shutdown()
    server.server_close()


def read(params: IngestParams, folder: Path) -> Rows:
    return read_exchange(params, folder, lambda _: None)


def test_another_exchange_is_asked_in_pages_of_its_limit(
    bitstamp: tuple[IngestParams, list[dict[str, str]]], snapshot: pd.DataFrame, tmp_path: Path
) -> None:
    params, asked = bitstamp
    assert_frame_equal(collect(read(params, tmp_path), params).candles, expected(snapshot, END, 120))
    assert {query["limit"] for query in asked} == {"1000"}
    assert len(asked) == 4


def test_a_timeframe_it_does_not_have_is_refused(
    bitstamp: tuple[IngestParams, list[dict[str, str]]], tmp_path: Path
) -> None:
    with pytest.raises(
        UserError,
        match=r"bitstamp has no candles of 7h \(it has 1m, .*\); take one of these, or set `ingest.exchange.id`",
    ):
        read(bitstamp[0].model_copy(update={"timeframe": "7h"}), tmp_path)


def test_an_answer_ccxt_stumbles_over_is_one_sentence(
    bitstamp: tuple[IngestParams, list[dict[str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(MARKET, "description")
    with pytest.raises(UserError, match="bitstamp did not give its markets in 6 attempts .*JSON of an unknown form"):
        read(bitstamp[0], tmp_path)
