"""The policies, one by one, through the whole way from rows to candles and report."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.collect import Collected, collect
from src.candles.params import IngestParams
from src.candles.rows import Part, Rows, joined
from src.core.errors import UserError
from tests.conftest import make_candles

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rows_of(*frames: pd.DataFrame) -> Rows:
    """Rows as if each frame were a CSV file: a.csv, b.csv, …"""
    return joined(
        [
            (
                frame.reset_index(drop=True).assign(line=range(2, len(frame) + 2)),
                Part(f"{'abcdefghijkl'[number]}.csv", "0" * 64, "contract", "line"),
            )
            for number, frame in enumerate(frames)
        ]
    )


def collected(
    *frames: pd.DataFrame, timeframe: str = "1h", days: int | None = None, end: str | None = None, **policies: Any
) -> Collected:
    params = IngestParams.model_validate(
        {"source": "csv", "path": "x", "timeframe": timeframe, "days": days, "end": end, "policies": policies}
    )
    return collect(rows_of(*frames), params, NOW)


@pytest.fixture
def hours() -> pd.DataFrame:
    """Three days of candles that repeat no values."""
    return make_candles([100 + hour * 0.25 for hour in range(72)])


def changed(hours: pd.DataFrame, row: int, **values: object) -> pd.DataFrame:
    frame = hours.copy()
    for name, value in values.items():
        frame.loc[row, name] = value
    return frame


def without(hours: pd.DataFrame, *rows: int) -> pd.DataFrame:
    return hours.drop(index=list(rows)).reset_index(drop=True)


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


def test_times_off_the_grid_are_refused_or_dropped(hours: pd.DataFrame) -> None:
    late = changed(hours, 5, timestamp=hours["timestamp"][5] + pd.Timedelta(minutes=30))
    with pytest.raises(
        UserError, match=r"1 of 72 rows \(a.csv line 7 at 2020-01-01T05:30\) have a time that is not on the grid of 1h"
    ):
        collected(late)
    result = collected(late, off_grid="drop")
    assert_frame_equal(result.candles, without(hours, 5))
    assert result.report["repairs"]["off_grid"] == 1


def test_few_rows_are_taken_to_have_the_timeframe_asked_for(hours: pd.DataFrame) -> None:
    half = changed(hours.iloc[:2], 1, timestamp=hours["timestamp"][0] + pd.Timedelta(minutes=30))
    with pytest.raises(UserError, match="not on the grid of 1h"):
        collected(half)


def test_ten_rows_tell_their_own_timeframe_and_nine_do_not(hours: pd.DataFrame) -> None:
    minutes = hours.assign(timestamp=pd.date_range("2020-01-01", periods=72, freq="min", tz="UTC", unit="us"))
    with pytest.raises(UserError, match="no whole period"):
        collected(minutes.iloc[:10])
    with pytest.raises(UserError, match="not on the grid of 1h"):
        collected(minutes.iloc[:9])


def test_ten_candles_of_another_timeframe_are_no_gaps_and_nine_are(hours: pd.DataFrame) -> None:
    nine, ten = (pd.concat([hours.iloc[:40], hours.iloc[40 : 40 + 2 * count : 2]]) for count in (9, 10))
    assert len(collected(nine, gap_share=1.0).candles) == 49
    with pytest.raises(UserError, match="starts 10 candles of 2h among candles of 1h"):
        collected(ten, gap_share=1.0)


def test_candles_of_another_timeframe_are_refused(hours: pd.DataFrame) -> None:
    sparse = pd.concat([hours.iloc[:40], hours.iloc[40::2]], ignore_index=True)
    with pytest.raises(UserError, match=r"starts 16 candles of 2h among candles of 1h"):
        collected(sparse, gap_share=1.0)
    assert len(collected(sparse, gap_share=1.0, mixed_timeframes="keep").candles) == 56


def test_files_of_two_timeframes_are_refused(hours: pd.DataFrame) -> None:
    minutes = make_candles([100 + minute * 0.25 for minute in range(30)], start="2020-01-04")
    minutes["timestamp"] = pd.date_range("2020-01-04", periods=30, freq="min", tz="UTC", unit="us")
    with pytest.raises(UserError, match="b.csv has candles of 1m, the rest of 1h"):
        collected(hours, minutes)


def test_files_with_every_other_hour_are_together_hourly(hours: pd.DataFrame) -> None:
    assert_frame_equal(collected(hours.iloc[::2], hours.iloc[1::2]).candles, hours)


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


@pytest.mark.parametrize("column", ["open", "high", "low", "close"])
@pytest.mark.parametrize("factor", [10.0, 0.1])
def test_a_price_no_neighbour_supports_is_refused(hours: pd.DataFrame, column: str, factor: float) -> None:
    wrong = hours.loc[40, column] * factor
    spike = changed(hours, 40, **{column: wrong})
    prices = spike.loc[40, ["open", "high", "low", "close"]]
    spike.loc[40, ["high", "low"]] = prices.max(), prices.min()
    with pytest.raises(UserError, match=r"1 of 72 rows \(a.csv line 42 .* more than 0.5 off both neighbours"):
        collected(spike)
    assert_frame_equal(collected(spike, outliers="drop", gap_share=0.1).candles, without(hours, 40))
    assert collected(spike, outliers="keep").report["checks"]["largest_jump"] > 0.5


def test_a_volume_with_digits_too_many_is_refused(hours: pd.DataFrame) -> None:
    wrong = changed(hours, 40, volume=65 * 50.1)
    with pytest.raises(UserError, match=r"1 of 72 rows \(a.csv line 42 .* 50 times the volume of 24 rows"):
        collected(wrong)
    assert_frame_equal(collected(wrong, outliers="drop", gap_share=0.1).candles, without(hours, 40))
    assert collected(wrong, outliers="keep").report["checks"]["largest_volume_jump"] == 50.1
    assert len(collected(changed(hours, 40, volume=65 * 49.9)).candles) == 72


def test_a_crash_that_stays_is_no_outlier(hours: pd.DataFrame) -> None:
    crash = hours.copy()
    crash.loc[40:, ["open", "high", "low", "close"]] *= 0.3
    crash.loc[40, ["open", "high"]] = crash.loc[39, "close"]
    assert_frame_equal(collected(crash).candles, crash)


PRICES = ["open", "high", "low", "close"]


@pytest.mark.parametrize("policy", ["refuse", "drop"])
@pytest.mark.parametrize(("last", "places"), [(41, 2), (71, 1)])
def test_neighbours_that_are_wrong_together_are_refused(
    hours: pd.DataFrame, policy: str, last: int, places: int
) -> None:
    wrong = hours.copy()
    wrong.loc[40:last, PRICES] *= 155
    sentence = (
        rf"level changes in {places} places .first: close 109.75 in a.csv line 41 at 2020-01-02T15:00, "
        r"then open 17050.0 in a.csv line 42"
    )
    with pytest.raises(UserError, match=sentence):
        collected(wrong, outliers=policy)
    assert len(collected(wrong, outliers="keep").candles) == 72


def test_a_file_in_another_unit_is_refused_after_a_gap_too(hours: pd.DataFrame) -> None:
    yen = hours.iloc[41:].copy()
    yen[PRICES] *= 155
    with pytest.raises(UserError, match=r"changes in 1 places .*a.csv line 41 at .*b.csv line 2 at .*one market"):
        collected(hours.iloc[:40], yen)


def test_neighbours_that_are_wrong_together_do_not_hide_in_longer_candles(hours: pd.DataFrame) -> None:
    wrong = hours.copy()
    wrong.loc[40:41, PRICES] *= 155
    with pytest.raises(UserError, match="level changes in 2 places"):
        collected(wrong, timeframe="4h")


@pytest.mark.parametrize(
    ("rows", "policies", "sentence"),
    [
        (range(10, 35), {"gap_share": 1.0}, "25 candles are missing between 2020-01-01T09:00.*longest_gap` 1d"),
        ([10, 20], {}, r"2 candles \(2.78%\) are missing in 2 gaps, more than `ingest.policies.gap_share` 2.00%"),
    ],
)
def test_gaps_beyond_a_limit_are_refused(
    hours: pd.DataFrame, rows: list[int], policies: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        collected(without(hours, *rows), **policies)


def test_gaps_within_the_limits_are_kept_and_reported(hours: pd.DataFrame) -> None:
    result = collected(without(hours, *range(10, 34)), gap_share=0.5)
    assert len(result.candles) == 48
    assert result.report["gaps"] == 1
    assert result.report["missing_candles"] == 24
    assert result.report["checks"] == {
        "gap_share": 0.333333,
        "longest_gap_hours": 24.0,
        "zero_volume_share": 0.0,
        "largest_jump": 0.012626,
        "largest_volume_jump": 1.014085,
    }


@pytest.mark.parametrize("end", ["2020-01-02T12:00:00Z", "2020-01-02T21:00:00+09:00", "2020-01-02T12:59:00Z"])
def test_the_period_is_the_days_before_the_end(hours: pd.DataFrame, end: str) -> None:
    # The candle of 11:00 closes at 12:00, that of 12:00 not by 12:59.
    result = collected(hours, days=1, end=end).candles["timestamp"]
    first = pd.Timestamp(end) - pd.Timedelta(days=1)
    assert result.iloc[-1] == pd.Timestamp("2020-01-02T11:00Z")
    assert result.iloc[0] == first.tz_convert("UTC").ceil("h")
    with pytest.raises(UserError, match="no candle closes by `ingest.end` 2020-01-01T00:59Z"):
        collected(hours, end="2020-01-01T00:59:00Z")


def test_the_longest_gaps_come_first_and_of_equal_ones_the_earliest(hours: pd.DataFrame) -> None:
    gaps = collected(without(hours, 5, 10, 11, 20, 30, 31, 32, 40, 50), gap_share=0.2).report["longest_gaps"]
    assert [(gap["after"][8:13], gap["missing"]) for gap in gaps] == [
        ("02T05", 3),
        ("01T09", 2),
        ("01T04", 1),
        ("01T19", 1),
        ("02T15", 1),
    ]


def test_a_gap_share_at_its_limit_is_kept(hours: pd.DataFrame) -> None:
    # One of fifty is 2 % to the last bit.
    assert len(collected(without(hours.iloc[:50], 10)).candles) == 49


def test_a_gap_outside_the_period_is_not_held_against_it(hours: pd.DataFrame) -> None:
    assert len(collected(without(hours, 10, 20), days=1).candles) == 24


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
