"""The policies, one by one, through the whole way from rows to candles and report."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.collect import collect
from src.candles.params import IngestParams
from src.core.errors import UserError
from tests.candles.collecting import changed, collected, rows_of, without


def test_good_candles_come_through_unchanged(hours: pd.DataFrame) -> None:
    result = collected(hours)
    assert_frame_equal(result.candles, hours)
    assert set(result.report["repairs"].values()) == {0}
    assert result.report["inputs"]["first"] == [{"file": "a.csv", "shape": "contract", "rows": 72, "sha256": "0" * 64}]


def test_newest_first_is_an_order_and_rows_against_it_are_counted(hours: pd.DataFrame) -> None:
    newest_first = hours.iloc[::-1]
    result = collected(newest_first)
    assert_frame_equal(result.candles, hours)
    assert result.report["repairs"]["newest_first_files"] == 1
    assert result.report["repairs"]["out_of_order"] == 0
    order = list(range(72))
    order[10], order[11] = 11, 10
    swapped = collected(newest_first.iloc[order])
    assert_frame_equal(swapped.candles, hours)
    assert swapped.report["repairs"]["out_of_order"] == 1
    with pytest.raises(UserError, match="1 rows of a.csv are out of order"):
        collected(newest_first.iloc[order], unsorted="refuse")


def test_identical_repeats_are_dropped_and_counted(hours: pd.DataFrame) -> None:
    repeated = pd.concat([hours, hours.iloc[[3, 3, 9]]])
    result = collected(repeated)
    assert_frame_equal(result.candles, hours)
    assert result.report["repairs"]["duplicates"] == 3
    with pytest.raises(UserError, match=r"3 of 75 rows \(a.csv line 74 at 2020-01-01T03:00, .* repeat a candle"):
        collected(repeated, duplicates="refuse")


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
def test_conflicting_repeats_are_refused_naming_both_places(hours: pd.DataFrame, column: str) -> None:
    other = changed(hours.iloc[[5]], 5, **{column: hours.loc[5, column] + 0.25})
    with pytest.raises(UserError, match=r"b.csv line 2 at 2020-01-01T05:00 against a.csv line 7"):
        collected(hours, other)


def test_minus_zero_and_zero_are_the_same_value_and_the_same_bytes(hours: pd.DataFrame) -> None:
    plus, minus = (changed(hours, 5, volume=zero) for zero in (0.0, -0.0))
    limit = {"zero_volume_share": 0.1}
    assert collected(plus, **limit).candles.to_parquet() == collected(minus, plus, **limit).candles.to_parquet()


def test_candles_of_the_future_are_refused(hours: pd.DataFrame) -> None:
    moved = hours.assign(timestamp=hours["timestamp"] + pd.Timedelta(days=2191))
    with pytest.raises(UserError, match=r"48 of 72 rows .* close later than this machine's clock \(2026-01-01"):
        collected(moved)
    assert len(collected(moved, future="keep").candles) == 72


@pytest.mark.parametrize("year", ["0001", "1969", "2201", "9999"])
def test_times_of_impossible_years_are_always_refused(hours: pd.DataFrame, year: str) -> None:
    moved = changed(hours, 5, timestamp=pd.Timestamp(f"{year}-12-31T23:00", tz="UTC"))
    with pytest.raises(UserError, match=r"a.csv line 7 has a time outside the years 1970 to 2200 .1 such rows"):
        collected(moved, future="keep")


def test_a_clock_that_is_off_by_minutes_refuses_nothing(hours: pd.DataFrame) -> None:
    moved = hours.assign(timestamp=hours["timestamp"] + pd.Timedelta(days=2188))
    params = IngestParams.model_validate({"source": "csv", "path": "x", "timeframe": "1h"})
    last_close = moved["timestamp"].iloc[-1] + pd.Timedelta(hours=1)
    behind = last_close - pd.Timedelta(minutes=5)
    assert_frame_equal(collect(rows_of(moved), params, behind.to_pydatetime()).candles, moved)


@pytest.mark.parametrize(("minutes", "refused"), [(9, False), (10, False), (11, True), (59, True), (61, True)])
def test_a_candle_that_is_not_closed_yet_is_refused(hours: pd.DataFrame, minutes: int, refused: bool) -> None:
    last_close = hours["timestamp"].iloc[-1] + pd.Timedelta(hours=1)
    clock = (last_close - pd.Timedelta(minutes=minutes)).to_pydatetime()
    plain = {"source": "csv", "path": "x", "timeframe": "1h"}
    if not refused:
        assert len(collect(rows_of(hours), IngestParams.model_validate(plain), clock).candles) == 72
        return
    with pytest.raises(
        UserError, match=r"1 of 72 rows \(a.csv line 73 at 2020-01-03T23:00\) close later.*`ingest.end`"
    ):
        collect(rows_of(hours), IngestParams.model_validate(plain), clock)


def test_the_open_candle_that_the_end_leaves_out_is_no_fault_but_a_later_one_is(hours: pd.DataFrame) -> None:
    ends = {"source": "csv", "path": "x", "timeframe": "1h", "end": "2020-01-03T23:00:00Z"}
    params = IngestParams.model_validate(ends)
    assert len(collect(rows_of(hours), params, datetime(2020, 1, 3, 23, 5, tzinfo=UTC)).candles) == 71
    with pytest.raises(UserError, match=r"2 of 72 rows .* close later"):
        collect(rows_of(hours), params, datetime(2020, 1, 3, 22, 49, tzinfo=UTC))


@pytest.mark.parametrize("age", [1, 5, 24])
def test_an_old_bar_served_again_is_stale(hours: pd.DataFrame, age: int) -> None:
    stale = changed(hours, 30, **hours.loc[30 - age, ["open", "high", "low", "close", "volume"]].to_dict())
    with pytest.raises(UserError, match=r"1 of 72 rows \(a.csv line 32 at 2020-01-02T06:00\) repeat all five values"):
        collected(stale, outliers="keep")
    assert_frame_equal(collected(stale, stale="drop", gap_share=0.1).candles, without(hours, 30))
    assert_frame_equal(collected(stale, stale="keep").candles, stale)


def test_the_same_values_more_than_a_day_apart_or_without_a_move_are_no_stale_bar(hours: pd.DataFrame) -> None:
    values = ["open", "high", "low", "close", "volume"]
    again = changed(hours, 30, **hours.loc[5, values].to_dict())
    assert_frame_equal(collected(again).candles, again)
    flat = {"open": 110.0, "high": 110.0, "low": 110.0, "close": 110.0, "volume": 0.001}
    still = changed(changed(hours, 30, **flat), 31, **flat)
    assert_frame_equal(collected(still).candles, still)
    untraded = changed(changed(hours, 25, volume=0.0), 30, **hours.loc[25, values].to_dict() | {"volume": 0.0})
    assert_frame_equal(collected(untraded, zero_volume_share=0.1).candles, untraded)


def test_zero_volume_is_kept_up_to_a_share_dropped_or_refused(hours: pd.DataFrame) -> None:
    untraded = changed(hours, 5, volume=0.0)
    with pytest.raises(UserError, match=r"1.39% of the candles have zero volume, more than .* 1.00%"):
        collected(untraded)
    kept = collected(untraded, zero_volume_share=0.02).report
    assert (kept["zero_volume_candles"], kept["repairs"]["zero_volume"]) == (1, 0)
    assert_frame_equal(collected(untraded, zero_volume="drop").candles, without(hours, 5))
    with pytest.raises(UserError, match=r"1 of 72 rows \(a.csv line 7 .* have zero volume"):
        collected(untraded, zero_volume="refuse")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"close": 130.0}, r"close is outside \[low, high\] in 1 of 72 rows \(a.csv line 7 at 2020-01-01T05:00: open"),
        ({"open": 50.0}, r"open is outside \[low, high\] in 1 of 72 rows"),
        ({"high": 90.0}, "low is above high in 1 of 72 rows"),
        ({"low": -1.0}, r"low is not above 0 in 1 of 72 rows \(a.csv line 7 at 2020-01-01T05:00: low -1.0\)"),
        ({"low": 0.0}, "low is not above 0"),
        ({"high": float("inf")}, "high is infinite"),
        ({"volume": -0.5}, "volume is below 0"),
        ({"volume": float("inf")}, "volume is infinite"),
        ({"volume": float("nan")}, "volume is not a number"),
        ({"close": float("nan")}, "close is not a number"),
    ],
)
def test_a_broken_candle_is_always_refused(hours: pd.DataFrame, changes: dict[str, float], sentence: str) -> None:
    lax = {"stale": "keep", "outliers": "keep", "zero_volume": "keep", "mixed_timeframes": "keep", "future": "keep"}
    with pytest.raises(UserError, match=sentence):
        collected(changed(hours, 5, **changes), **lax)


def test_many_inputs_are_shown_by_their_first_and_one_sha256(hours: pd.DataFrame) -> None:
    parts = [hours.iloc[start : start + 6] for start in range(0, 72, 6)]
    inputs = collected(*parts).report["inputs"]
    assert (inputs["count"], inputs["rows"], len(inputs["first"])) == (12, 72, 10)
    assert inputs["sha256"] != collected(hours).report["inputs"]["sha256"]


def test_no_row_is_refused(hours: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="a.csv holds no candle"):
        collected(hours.iloc[:0])


def test_candles_that_are_all_dropped_are_refused(hours: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="a.csv holds no candle that the policies keep"):
        collected(hours.assign(volume=0.0), zero_volume="drop")
