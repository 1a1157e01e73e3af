"""The exchange source against a real HTTP server on loopback that speaks bitbank's API."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles import collect
from src.candles.exchange.fetch import last_closed
from src.candles.params import IngestParams
from src.candles.resample import resample
from src.core.errors import UserError
from src.core.files import write_bytes
from tests.candles.exchange import bitbank_server as fault
from tests.candles.exchange.bitbank_server import BitbankServer, bitbank
from tests.candles.exchange.scenarios import FETCH, SCENARIOS, Scenario, expected, faulty_day, fetched, params_for
from tests.conftest import ROOT

END = datetime(2019, 6, 30, 7, tzinfo=UTC)
DAYS = 6
PAGES = DAYS + 1  # the period starts and ends at 07:00
MARKETS = 1


@pytest.fixture
def server(snapshot: pd.DataFrame) -> Iterator[BitbankServer]:
    near = snapshot["timestamp"].between(pd.Timestamp(END - timedelta(days=182)), pd.Timestamp(END + timedelta(days=5)))
    with bitbank(snapshot[near], now=END + timedelta(minutes=30)) as server:
        yield server


def test_180_days_come_right_and_the_same_twice(server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path) -> None:
    params = params_for(server, END, 180)
    first = fetched(params, tmp_path / "one")
    again = fetched(params, tmp_path / "two")
    assert_frame_equal(first.candles, expected(snapshot, END, 180))
    assert first.candles.to_parquet() == again.candles.to_parquet()
    assert first.report == again.report
    assert len(server.requests) == 2 * (181 + MARKETS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_fault_gives_the_clean_candles_or_a_sentence(
    scenario: Scenario, server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path
) -> None:
    server.faults[faulty_day(END, DAYS)] = list(scenario.answers)
    params = params_for(server, END, DAYS)
    if scenario.refusal:
        with pytest.raises(UserError, match=scenario.refusal):
            fetched(params, tmp_path)
        return
    assert_frame_equal(fetched(params, tmp_path).candles, expected(snapshot, END, DAYS))
    assert len(server.requests) == PAGES + MARKETS + scenario.extra_requests
    assert not server.faults[faulty_day(END, DAYS)]


def test_repeated_candles_are_counted(server: BitbankServer, tmp_path: Path) -> None:
    server.faults[faulty_day(END, DAYS)] = [fault.duplicated_and_shuffled]
    assert fetched(params_for(server, END, DAYS), tmp_path).report["repairs"]["duplicates"] == 7


@pytest.mark.parametrize(
    ("code", "told"),
    [(429, "1"), (418, "1"), (429, format_datetime(END + timedelta(minutes=30, seconds=1), usegmt=True))],
)
def test_retry_after_is_waited_for(server: BitbankServer, tmp_path: Path, code: int, told: str) -> None:
    server.faults[faulty_day(END, DAYS)] = [fault.status(code, Retry_After=told)]
    started = time.monotonic()
    fetched(params_for(server, END, DAYS), tmp_path)
    assert time.monotonic() - started >= 1


def test_it_is_asked_as_often_as_told(server: BitbankServer, tmp_path: Path) -> None:
    faults = server.faults[faulty_day(END, DAYS)] = [fault.status(500)] * 3
    with pytest.raises(UserError, match="in 2 attempts"):
        fetched(params_for(server, END, DAYS, attempts=2), tmp_path)
    assert len(faults) == 1


def test_an_answer_that_does_not_come_is_not_waited_for(server: BitbankServer, tmp_path: Path) -> None:
    server.faults[faulty_day(END, DAYS)] = [fault.late(20)]
    started = time.monotonic()
    fetched(params_for(server, END, DAYS), tmp_path)
    assert time.monotonic() - started < 20


def test_the_rate_limit_is_kept(server: BitbankServer, tmp_path: Path) -> None:
    fetched(params_for(server, END, DAYS, settings=server.settings | {"rateLimit": 150}), tmp_path)
    # Clocks of milliseconds, and the way to the server.
    assert min(after - before for before, after in pairwise(server.arrivals)) >= 0.12


def test_the_half_formed_last_candle_is_not_taken(
    server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path
) -> None:
    served = server.page(f"{END:%Y%m%d}")
    assert served[-1][4] == "0.0001"
    candles = fetched(params_for(server, END, DAYS), tmp_path).candles
    assert candles["timestamp"].iloc[-1] == pd.Timestamp(END - timedelta(hours=1))
    kept = [row[0] for page in tmp_path.rglob("*.json") for row in json.loads(page.read_text())["rows"]]
    assert max(kept) == (END - timedelta(hours=1)).timestamp() * 1000
    assert_frame_equal(candles, expected(snapshot, END, DAYS))


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(hours=2), timedelta(days=3)])
def test_an_end_that_has_not_passed_is_refused_and_nothing_half_formed_is_kept(
    server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path, later: timedelta
) -> None:
    end = END + later
    with pytest.raises(UserError, match="has not passed by the clock of bitbank|did not give"):
        fetched(params_for(server, end, DAYS), tmp_path)
    server.now = end + timedelta(minutes=1)
    assert_frame_equal(fetched(params_for(server, end, DAYS), tmp_path).candles, expected(snapshot, end, DAYS))


def test_a_candle_that_closed_seconds_ago_may_still_change(server: BitbankServer, tmp_path: Path) -> None:
    params = params_for(server, END, DAYS)
    server.now = END + timedelta(seconds=9)
    assert last_closed(params, lambda _: None) == END - timedelta(hours=1)
    with pytest.raises(UserError, match="has not passed by the clock of bitbank"):
        fetched(params, tmp_path)
    server.now = END + timedelta(seconds=10)
    assert last_closed(params, lambda _: None) == END
    assert len(fetched(params, tmp_path).candles) == DAYS * 24


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_local_clock_that_is_off_changes_nothing(
    server: BitbankServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    right = fetched(params_for(server, END, DAYS), tmp_path / "right")
    real, moment = time.time, END + timedelta(seconds=30, minutes=minutes)
    monkeypatch.setattr(time, "time", lambda: real() + minutes * 60)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return moment.astimezone(tz)

    monkeypatch.setattr(collect, "datetime", Clock)
    off = fetched(params_for(server, END, DAYS), tmp_path / "off")
    assert off.candles.to_parquet() == right.candles.to_parquet()
    assert off.report == right.report
    assert last_closed(params_for(server, END, DAYS), lambda _: None) == END


def test_a_page_without_a_closed_candle_is_refused(snapshot: pd.DataFrame, tmp_path: Path) -> None:
    midnight = END.replace(hour=0)
    holed = snapshot[snapshot["timestamp"] != pd.Timestamp(midnight)]
    end = midnight + timedelta(hours=1)
    with (
        bitbank(holed[-3000:], now=END) as server,
        pytest.raises(UserError, match="no closed candle from 2019-06-30T00:00Z to 2019-06-30T01:00Z"),
    ):
        fetched(params_for(server, end, 2), tmp_path)
    assert not list(tmp_path.rglob("20190630*.json"))


def test_a_server_that_tells_no_time_proves_nothing_closed(server: BitbankServer, tmp_path: Path) -> None:
    server.send_date = False
    with pytest.raises(UserError, match="tells no time"):
        fetched(params_for(server, END, DAYS), tmp_path)


def test_what_is_kept_is_not_asked_for_again(server: BitbankServer, tmp_path: Path) -> None:
    params = params_for(server, END, DAYS)
    first = fetched(params, tmp_path)
    server.requests.clear()
    assert fetched(params, tmp_path).report == first.report
    assert server.requests == []
    fetched(params_for(server, END, DAYS + 2), tmp_path)
    assert len(server.requests) == MARKETS + 2


def test_a_page_that_an_earlier_end_cut_is_asked_for_again(
    server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path
) -> None:
    fetched(params_for(server, END, DAYS), tmp_path)
    later = END + timedelta(hours=2)
    server.now = later + timedelta(minutes=1)
    server.requests.clear()
    assert_frame_equal(fetched(params_for(server, later, DAYS), tmp_path).candles, expected(snapshot, later, DAYS))
    assert len(server.requests) == MARKETS + 1


def test_what_was_kept_with_other_settings_is_asked_for_again(server: BitbankServer, tmp_path: Path) -> None:
    fetched(params_for(server, END, DAYS), tmp_path)
    server.requests.clear()
    fetched(params_for(server, END, DAYS, settings=server.settings | {"rateLimit": 2}), tmp_path)
    assert len(server.requests) == MARKETS + PAGES


def test_an_altered_page_is_fetched_again(server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path) -> None:
    params = params_for(server, END, DAYS)
    fetched(params, tmp_path)
    page = next(tmp_path.rglob("20190625*.json"))
    page.write_text(page.read_text().replace(".", "1.", 1))
    server.requests.clear()
    assert_frame_equal(fetched(params, tmp_path).candles, expected(snapshot, END, DAYS))
    assert len(server.requests) == MARKETS + 1


def test_a_broken_fetch_goes_on_where_it_stopped(server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path) -> None:
    params = params_for(server, END, DAYS)
    server.faults[faulty_day(END, DAYS)] = [fault.status(500)] * 6
    with pytest.raises(UserError, match="what was fetched is kept"):
        fetched(params, tmp_path)
    asked = len(server.requests)
    assert asked == MARKETS + 3 + 6
    assert_frame_equal(fetched(params, tmp_path).candles, expected(snapshot, END, DAYS))
    assert len(server.requests) == asked + MARKETS + PAGES - 3


def test_a_killed_fetch_resumes_to_the_same_bytes(
    server: BitbankServer, snapshot: pd.DataFrame, tmp_path: Path
) -> None:
    days, wait = 60, {"rateLimit": 20}
    params: IngestParams = params_for(server, END, days, settings=server.settings | wait)
    write_bytes(tmp_path / "params.json", params.model_dump_json().encode())
    arguments = [str(tmp_path / name) for name in ("params.json", "cache", "killed.parquet")]
    child = subprocess.Popen([sys.executable, "-c", FETCH, *arguments], cwd=ROOT)
    while len(server.requests) < 15 and child.poll() is None:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed.parquet").exists()
    kept = len(list((tmp_path / "cache").rglob("*.json")))
    assert 0 < kept < days
    server.requests.clear()
    resumed = fetched(params, tmp_path / "cache")
    assert_frame_equal(resumed.candles, expected(snapshot, END, days))
    assert len(server.requests) == days + 1 - kept + MARKETS


def test_four_hour_candles_are_asked_for_by_year(snapshot: pd.DataFrame, tmp_path: Path) -> None:
    step, end = timedelta(hours=4), datetime(2019, 2, 1, tzinfo=UTC)
    four_hours = resample(snapshot, pd.Timedelta(hours=1), pd.Timedelta(step), 0.5).candles
    with bitbank(four_hours, now=end + timedelta(hours=1), step=step) as server:
        params = params_for(server, end, 60).model_copy(update={"timeframe": "4h"})
        assert_frame_equal(fetched(params, tmp_path).candles, expected(four_hours, end, 60))
        pages = [path for path in server.requests if "candlestick" in path]
    assert pages == [f"/btc_jpy/candlestick/4hour/{year}" for year in (2018, 2019)]


@pytest.mark.parametrize(
    ("exchange", "sentence"),
    [
        ({"id": "bitbnk"}, "ccxt knows no exchange 'bitbnk' .*bitbank"),
        ({"symbol": "BTC/JPN"}, "bitbank has no market BTC/JPN .*BTC/JPY"),
    ],
)
def test_a_wrong_name_is_answered_with_near_ones(
    server: BitbankServer, tmp_path: Path, exchange: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        fetched(params_for(server, END, DAYS, **exchange), tmp_path)


def test_an_exchange_that_is_down_is_one_sentence(server: BitbankServer, tmp_path: Path) -> None:
    params = params_for(server, END, DAYS)
    server.server_close()
    server.shutdown()
    with pytest.raises(UserError, match="bitbank did not give its markets in 6 attempts"):
        fetched(params, tmp_path)
