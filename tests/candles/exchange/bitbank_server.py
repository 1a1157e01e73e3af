"""A real HTTP server on loopback that speaks bitbank's public candlestick API, with faults to order."""

import json
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pandas as pd

PAIR = {
    "name": "btc_jpy",
    "base_asset": "btc",
    "quote_asset": "jpy",
    "maker_fee_rate_quote": "-0.0002",
    "taker_fee_rate_quote": "0.0012",
    "amount_digits": 4,
    "price_digits": 0,
    "is_enabled": True,
}
HOUR = timedelta(hours=1)
Rows = list[list[Any]]
Answer = Callable[["Handler", Rows], None]


class BitbankServer(ThreadingHTTPServer):
    """Serves ``candles`` (the contract's columns, of duration ``step``) as seen at the time ``now``.

    Attributes:
        now: its clock; the candle that is open at this time is served half-formed.
        faults: page (as 20240105) → answers to give before the true one, one per request.
        requests: paths in the order asked.
        arrivals: when, in seconds of a monotonic clock.
        down: it answers nothing, and closes the connection.
    """

    daemon_threads = True

    def __init__(self, candles: pd.DataFrame, now: datetime, step: timedelta) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.now = now
        self.step = step
        self.key = "%Y%m%d" if step < timedelta(hours=4) else "%Y"
        self.faults: dict[str, list[Answer]] = defaultdict(list)
        self.requests: list[str] = []
        self.arrivals: list[float] = []
        self.send_date = True
        self.down = False
        self.resets: set[socket.socket] = set()
        self._by_page: dict[str, Rows] = defaultdict(list)
        for row in candles.itertuples():
            values = [repr(value) for value in (row.open, row.high, row.low, row.close, row.volume)]
            self._by_page[row.timestamp.strftime(self.key)].append([*values, int(row.timestamp.timestamp() * 1000)])

    def shutdown_request(self, request: Any) -> None:
        if request in self.resets:
            # Linger 0: close sends RST and no FIN, as a dead router does.
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_request(request)
        else:
            super().shutdown_request(request)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def settings(self) -> dict[str, Any]:
        """What points ccxt here; the rate limit is 1 ms."""
        return {"rateLimit": 1, "urls": {"api": dict.fromkeys(("public", "private", "markets"), self.url)}}

    def page(self, key: str) -> Rows:
        """The rows of a day (or year) that exist at ``now``, the open one half-formed."""
        now = int(self.now.timestamp() * 1000)
        rows = [row for row in self._by_page.get(key, []) if row[5] <= now]
        if rows and rows[-1][5] + self.step // timedelta(milliseconds=1) > now:
            half = list(rows[-1])
            half[1:5] = [half[0], half[0], half[0], "0.0001"]
            rows = [*rows[:-1], half]
        return rows


class Handler(BaseHTTPRequestHandler):
    server: BitbankServer
    protocol_version = "HTTP/1.1"
    # One packet per answer: a body that waits for the acknowledgement of its headers costs 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.server.arrivals.append(time.monotonic())
        if self.server.down:
            self.close_connection = True
            return
        if self.path.endswith("/spot/pairs"):
            self.send_json({"success": 1, "data": {"pairs": [PAIR]}})
            return
        key = self.path.rsplit("/", 1)[-1]
        rows = self.server.page(key)
        if self.server.faults[key]:
            self.server.faults[key].pop(0)(self, rows)
        elif rows:
            self.send_candles(rows)
        else:
            self.send_json({"success": 0, "data": {"code": 10000}}, status=404)

    def body(self, rows: Rows) -> bytes:
        kind = self.path.split("/")[-2]
        candlestick = [{"type": kind, "ohlcv": rows}]
        stamp = int(self.server.now.timestamp() * 1000)
        return json.dumps({"success": 1, "data": {"candlestick": candlestick, "timestamp": stamp}}).encode()

    def send_candles(self, rows: Rows) -> None:
        self.send_bytes(200, self.body(rows))

    def send_json(self, document: Any, status: int = 200) -> None:
        self.send_bytes(status, json.dumps(document).encode())

    def send_bytes(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Date" or self.server.send_date:
            super().send_header(keyword, value)

    def date_time_string(self, *_: Any) -> str:
        return format_datetime(self.server.now, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def status(code: int, **headers: str) -> Answer:
    return lambda handler, _: handler.send_bytes(code, b'{"success": 0, "data": {"code": 10001}}', **headers)


def refusal(code: int) -> Answer:
    return lambda handler, _: handler.send_json({"success": 0, "data": {"code": code}})


def false_gzip(handler: Handler, rows: Rows) -> None:
    handler.send_bytes(200, handler.body(rows), Content_Encoding="gzip")


def late(seconds: float) -> Answer:
    def answer(handler: Handler, rows: Rows) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer


def closed_in_mid_body(handler: Handler, rows: Rows) -> None:
    content = handler.body(rows)
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def reset_in_mid_body(handler: Handler, rows: Rows) -> None:
    closed_in_mid_body(handler, rows)
    handler.server.resets.add(handler.connection)


def truncated_json(handler: Handler, rows: Rows) -> None:
    content = handler.body(rows)
    handler.send_bytes(200, content[: len(content) // 2])


def html_page(handler: Handler, rows: Rows) -> None:
    handler.send_bytes(200, b"<html><body>Just a moment...</body></html>", kind="text/html")


def other_form(handler: Handler, rows: Rows) -> None:
    handler.send_json({"success": 1, "data": {"candlestick": [{"type": "1hour", "ohlcv": [["1", None]]}]}})


def empty_page(handler: Handler, rows: Rows) -> None:
    handler.send_candles([])


def missing_day(handler: Handler, rows: Rows) -> None:
    handler.send_json({"success": 0, "data": {"code": 10000}}, status=404)


def duplicated_and_shuffled(handler: Handler, rows: Rows) -> None:
    handler.send_candles([*rows[::-1], *rows[3:9], rows[0]])


def conflicting(handler: Handler, rows: Rows) -> None:
    other = list(rows[5])
    other[4] = "123.456"
    handler.send_candles([*rows, other])


def broken_candle(handler: Handler, rows: Rows) -> None:
    low = list(rows[5])
    low[2] = "0"
    handler.send_candles([*rows[:5], low, *rows[6:]])


@contextmanager
def bitbank(
    candles: pd.DataFrame, now: datetime, step: timedelta = HOUR, kind: type[BitbankServer] = BitbankServer
) -> Iterator[BitbankServer]:
    """The server, running in a thread for the length of the block."""
    server = kind(candles, now, step)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=timedelta(seconds=5).total_seconds())
