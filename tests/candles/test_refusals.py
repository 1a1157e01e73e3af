"""One run names everything that is refused; rules that scale with the timeframe."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.outliers import volume_jumps
from src.core.errors import UserError
from tests.candles.collecting import collected
from tests.candles.minutes import quiet_minutes
from tests.conftest import make_candles

VALUES = ["open", "high", "low", "close", "volume"]


@pytest.fixture
def hours() -> pd.DataFrame:
    return make_candles([100 + hour * 0.25 for hour in range(72)])


def test_everything_that_is_refused_is_named_together_with_its_first_rows(hours: pd.DataFrame) -> None:
    hours.loc[20, VALUES] = hours.loc[10, VALUES]
    hours.loc[30, "high"] = 900.0
    hours.loc[40, "volume"] = 1e6
    hours.loc[50, "close"] = 999.0
    late = hours.drop(index=[60, 62]).reset_index(drop=True)
    late.loc[5, "timestamp"] += pd.Timedelta(minutes=30)
    with pytest.raises(UserError) as refused:
        collected(late)
    text = str(refused.value)
    assert text.startswith("6 things are refused: (1) 1 of 70 rows (a.csv line 7 at 2020-01-01T05:30) have a time that")
    assert "(2) a.csv breaks the candle contract: close is outside [low, high] in 1 of 69 rows (a.csv line 52 " in text
    assert "(3) 1 of 68 rows (a.csv line 22 at 2020-01-01T20:00) repeat all five values" in text
    assert "(4) 1 of 68 rows (a.csv line 42 at 2020-01-02T16:00) have more than 50 times the volume" in text
    assert "(5) 1 of 68 rows (a.csv line 32 at 2020-01-02T06:00) have a price more than 0.5 off" in text
    # The two refused rows are there: only hours 60 and 62 are missing.
    assert "(6) 2 candles (2.78%) are missing in 2 gaps" in text
    assert "\n" not in text


def test_conflicts_order_and_repeats_are_named_together(hours: pd.DataFrame) -> None:
    rows = pd.concat([hours.iloc[[1, 0]], hours.iloc[2:], hours.iloc[[7]], hours.iloc[[8]].assign(close=102.25)])
    with pytest.raises(
        UserError, match=r"3 things are refused: .*\(first: a.csv line 3 at 2020-01-01T00:00\).*other values.*repeat"
    ):
        collected(rows, unsorted="refuse", duplicates="refuse")


@pytest.mark.parametrize(("freq", "count"), [("D", 9), ("D", 4), ("4h", 9), ("4h", 6)])
def test_a_few_longer_candles_after_many_hours_are_another_timeframe(freq: str, count: int) -> None:
    random = np.random.default_rng(1)
    hours = make_candles(list(1000 + np.cumsum(random.normal(0, 1, 12_000)).round(2)))
    times = pd.date_range(hours["timestamp"].iloc[-1].ceil("D"), periods=count, freq=freq, unit="us")
    longer = make_candles([hours["close"].iloc[-1] + number for number in range(count)]).assign(timestamp=times)
    with pytest.raises(
        UserError, match=rf"starts {count} candles of {'1d' if freq == 'D' else freq} among candles of 1h"
    ):
        collected(pd.concat([hours, longer]))


def minutes(count: int) -> pd.DataFrame:
    frame = make_candles([100 + minute * 0.25 for minute in range(count)])
    return frame.assign(timestamp=pd.date_range("2020-01-01", periods=count, freq="min", tz="UTC", unit="us"))


@pytest.mark.parametrize(("missing", "refused"), [(10, False), (29, False), (30, True)])
def test_a_few_alternate_missing_minutes_are_no_second_timeframe(missing: int, refused: bool) -> None:
    gaps = minutes(300).drop(index=[100 + 2 * number for number in range(missing)]).reset_index(drop=True)
    if refused:
        with pytest.raises(UserError, match="starts 31 candles of 2m among candles of 1m"):
            collected(gaps, timeframe="1m")
    else:
        assert_frame_equal(collected(gaps, timeframe="1m").candles, gaps)


@pytest.mark.parametrize(("again", "refused"), [(1, False), (14, False), (15, True)])
def test_bars_served_again_last_a_quarter_of_an_hour(again: int, refused: bool) -> None:
    frame = minutes(120)
    frame.loc[60 : 59 + again, VALUES] = frame.loc[30 : 29 + again, VALUES].to_numpy()
    if refused:
        with pytest.raises(UserError, match=r"15 of 120 rows .*01T01:00.* repeat all five values"):
            collected(frame, timeframe="1m")
    else:
        assert_frame_equal(collected(frame, timeframe="1m").candles, frame)


def test_the_default_policies_read_a_year_of_quiet_minutes() -> None:
    frame = quiet_minutes()
    report = collected(frame, timeframe="1m").report
    assert report["rows"] == len(frame)
    assert report["checks"]["gap_share"] == 0.0
    assert report["missing_candles"] > 40_000
    assert report["zero_volume_candles"] > 10_000
    hourly = collected(frame, timeframe="1h").report
    assert hourly["rows"] + hourly["repairs"]["thin_periods"] == 365 * 24


def test_whole_hours_that_are_missing_or_silent_count_for_minutes_too() -> None:
    frame = quiet_minutes(days=10)
    hour = frame["timestamp"].dt.hour
    with pytest.raises(UserError, match=r"10 whole hours \(4.17%\) are missing"):
        collected(frame[hour != 12].reset_index(drop=True), timeframe="1m")
    silent = frame.assign(volume=frame["volume"].where(hour != 12, 0.0))
    with pytest.raises(UserError, match=r"4.17% of the hours with candles have zero volume"):
        collected(silent, timeframe="1m")


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 24, 31, 32])
def test_the_window_of_volumes_follows_its_length(rows: int) -> None:
    volume = np.random.default_rng(2).uniform(1, 9, 80)
    candles = make_candles([100.0] * 80).assign(volume=volume)
    by_hand = [
        volume[i] / np.concatenate([volume[max(0, i - rows) : i], volume[i + 1 : i + 1 + rows]]).max()
        for i in range(80)
    ]
    assert volume_jumps(candles, rows).tolist() == by_hand
