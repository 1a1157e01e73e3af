"""The feed against real HTTP servers on loopback, asked through ccxt; their clock is years off this machine's."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import numpy as np
import pandas as pd
import pytest

from src.core.errors import UserError
from src.live.answering.feed import Feed
from src.live.answering.window import Window
from src.live.settings import ExchangeSettings
from tests.candles.exchange import bitbank_server as fault
from tests.candles.exchange.bitbank_server import BitbankServer, Handler, Rows, bitbank
from tests.candles.exchange.test_other_exchange import END as BITSTAMP_NOON
from tests.candles.exchange.test_other_exchange import server_of

END = datetime(2019, 6, 30, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
BARS = 60


@pytest.fixture
def recent(snapshot: pd.DataFrame) -> pd.DataFrame:
    near = snapshot["timestamp"].between(pd.Timestamp(END - timedelta(days=30)), pd.Timestamp(END + timedelta(days=3)))
    return snapshot[near].reset_index(drop=True)


@pytest.fixture
def server(recent: pd.DataFrame) -> Iterator[BitbankServer]:
    with bitbank(recent, now=END + timedelta(minutes=30)) as server:
        yield server


def settings(server: BitbankServer) -> ExchangeSettings:
    return ExchangeSettings(timeout=30.0, attempts=2, first_wait=0.01, settings=server.settings)


def feed(server: BitbankServer) -> Feed:
    return Feed(settings(server), "1h")


def assert_is(window: Window, candles: pd.DataFrame, end: datetime, bars: int = BARS) -> None:
    """The newest ``bars`` rows of ``candles`` that close by ``end``."""
    closed = candles[candles["timestamp"] + HOUR <= pd.Timestamp(end)].tail(bars)
    assert window.opened.tolist() == [int(moment.timestamp()) for moment in closed["timestamp"]]
    np.testing.assert_array_equal(window.values, closed.iloc[:, 1:].to_numpy())
    assert (len(window), window.timeframe) == (bars, 3600)


def test_the_newest_closed_candles_by_the_exchanges_clock(server: BitbankServer, recent: pd.DataFrame) -> None:
    window = feed(server).newest(BARS)
    assert_is(window, recent, END)
    assert abs(window.now - server.now.timestamp()) < 60
    # The markets, and four days: no more than 60 hours need.
    assert len(server.requests) == 1 + 4


@pytest.mark.parametrize("seconds", [0, 1, 9, 10, 11, 60, 1800, 3599, 3600, 3609])
def test_the_just_opened_candle_is_never_used(server: BitbankServer, recent: pd.DataFrame, seconds: int) -> None:
    server.now = END + timedelta(seconds=seconds)
    # Within ten seconds after its close a candle may still change.
    last = END - HOUR if seconds < 10 else END
    assert_is(feed(server).newest(BARS), recent, last)


@pytest.mark.parametrize("slept", [False, True], ids=["awake", "asleep"])
def test_a_bot_that_goes_on_asks_for_one_page_a_candle(
    server: BitbankServer, recent: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, slept: bool
) -> None:
    one = feed(server)
    one.newest(BARS)
    for hours in range(1, 30):
        asked = len(server.requests)
        server.now = END + hours * HOUR + timedelta(seconds=15)
        # A machine that slept has a monotonic clock that did not go on.
        monkeypatch.setattr(
            "src.live.answering.feed.monotonic", lambda hours=hours: monotonic() + (0 if slept else hours * 3600)
        )
        assert_is(one.newest(BARS), recent, END + hours * HOUR)
        # Of a machine that slept the page of the day before, too, in the first hour of a day.
        assert len(server.requests) - asked == 1 + (slept and server.now.hour == 1), hours


def test_the_page_of_a_day_that_only_began_may_be_missing(server: BitbankServer, recent: pd.DataFrame) -> None:
    server.now = datetime(2019, 6, 30, 1, 0, 12, tzinfo=UTC)
    for answer in (fault.missing_day, fault.empty_page):
        server.faults["20190630"] = [answer]
        assert_is(feed(server).newest(BARS), recent, datetime(2019, 6, 30, tzinfo=UTC))


def test_a_page_of_older_candles_may_not(server: BitbankServer) -> None:
    server.faults["20190629"] = [fault.missing_day] * 2
    with pytest.raises(UserError, match=r"bitbank did not give the candles of 2019-06-29T00:00 .* try again later"):
        feed(server).newest(BARS)


def test_a_candle_that_is_listed_late_becomes_no_hole(server: BitbankServer, recent: pd.DataFrame) -> None:
    """The last candle of a day comes after the day's page was fetched as a whole."""
    midnight = datetime(2019, 6, 30, tzinfo=UTC)
    server.now = midnight + timedelta(seconds=12)
    server.faults["20190629"] = [lambda handler, rows: handler.send_candles(rows[:-1])]
    one = feed(server)
    assert_is(one.newest(BARS), recent, midnight - HOUR)
    server.now = midnight + HOUR + timedelta(seconds=12)
    assert_is(one.newest(BARS), recent, midnight + HOUR)


def test_missing_candles_are_looked_for_further_back(recent: pd.DataFrame) -> None:
    holes = recent[~recent["timestamp"].dt.hour.isin([3, 11, 12])].reset_index(drop=True)
    with bitbank(holes, now=END + timedelta(minutes=5)) as server:
        assert_is(feed(server).newest(BARS), holes, END)


def test_a_market_younger_than_that_gives_what_it_has(recent: pd.DataFrame) -> None:
    young = recent[recent["timestamp"] >= pd.Timestamp(END - 5 * HOUR)].reset_index(drop=True)
    with bitbank(young, now=END + timedelta(minutes=5)) as server:
        assert_is(feed(server).newest(3), young, END, bars=3)


def from_a_cache(made: datetime, **headers: str) -> fault.Answer:
    """The page as it was at ``made``, with the Date of then."""

    def answer(handler: Handler, _: Rows) -> None:
        handler.server.now, now = made, handler.server.now
        page = handler.server.page(handler.path.rsplit("/", 1)[-1])
        handler.send_bytes(200, handler.body(page), **headers)
        handler.server.now = now

    return answer


def test_a_page_out_of_a_cache_gives_what_was_closed_when_it_was_made(
    server: BitbankServer, recent: pd.DataFrame
) -> None:
    made = END - timedelta(minutes=20)
    server.faults["20190630"] = [from_a_cache(made, Age="3000")]
    window = feed(server).newest(BARS)
    assert_is(window, recent, END - HOUR)


def test_what_a_cache_kept_is_told_to_be_as_old_as_it_is(server: BitbankServer) -> None:
    made = END - timedelta(hours=5)
    answer = from_a_cache(made, Age="19800")
    for day in ("20190630", "20190629", "20190628", "20190627"):
        server.faults[day] = [answer]
    window = feed(server).newest(BARS)
    assert abs(window.now - (made + timedelta(seconds=19800)).timestamp()) < 60


def test_without_a_date_no_candle_is_known_to_be_closed(server: BitbankServer) -> None:
    server.send_date = False
    with pytest.raises(UserError, match=r"bitbank tells no time .* set `exchange.id` to another exchange"):
        feed(server).newest(BARS)


def test_an_exchange_that_cannot_be_reached_is_named() -> None:
    nowhere = {"rateLimit": 1, "urls": {"api": dict.fromkeys(("public", "private", "markets"), "http://127.0.0.1:9")}}
    settings = ExchangeSettings(timeout=1.0, attempts=2, first_wait=0.0, settings=nowhere)
    with pytest.raises(
        UserError, match=r"bitbank did not give its markets in 2 attempts .*127.0.0.1:9.* try again later"
    ):
        Feed(settings, "1h").newest(BARS)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"id": "bitbnk"}, r"no exchange 'bitbnk' \(there is bitbank.*set `exchange.id`"),
        ({"settings": {"timeout": "x"}}, "`exchange.settings.timeout` must be a number"),
    ],
)
def test_a_wrong_setting_is_named_as_it_stands_in_live_yaml(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Feed(ExchangeSettings(**changed), "1h")


def test_a_market_that_is_not_there_is_named(server: BitbankServer) -> None:
    asked = ExchangeSettings(symbol="BTC/JPN", attempts=1, settings=server.settings)
    with pytest.raises(UserError, match=r"no market BTC/JPN \(there is BTC/JPY\); set `exchange.symbol`"):
        Feed(asked, "1h").newest(BARS)


def test_a_timeframe_that_it_does_not_have_is_named() -> None:
    with pytest.raises(UserError, match=r"bitbank has no candles of 7h .* set `exchange.id` to another exchange"):
        Feed(ExchangeSettings(), "7h")


def test_another_exchange_is_asked_in_pages_of_its_limit(snapshot: pd.DataFrame) -> None:
    server, asked = server_of(snapshot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    api = {"rateLimit": 1, "urls": {"api": {"public": url, "private": url}}}
    try:
        window = Feed(ExchangeSettings(id="bitstamp", symbol="BTC/USD", settings=api), "1h").newest(400)
    finally:
        server.shutdown()
        server.server_close()
    assert_is(window, snapshot, BITSTAMP_NOON, bars=400)
    assert len(asked) <= 2
