"""Times off the grid and candles of another timeframe, through the whole way."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.core.errors import UserError
from tests.candles.collecting import changed, collected, without
from tests.conftest import make_candles


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
