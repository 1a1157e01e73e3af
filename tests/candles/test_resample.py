import math

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.resample import resample
from src.core.errors import UserError
from tests.candles.collecting import collected

MINUTE, HOUR = pd.Timedelta(minutes=1), pd.Timedelta(hours=1)


@pytest.fixture
def minutes() -> pd.DataFrame:
    """180 minutes from midnight, random walk, no two alike."""
    random = np.random.default_rng(7)
    close = 100 + np.cumsum(random.normal(0, 0.1, 180))
    opens = np.append(100.0, close[:-1])
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-01-01", periods=180, freq="min", tz="UTC", unit="us"),
            "open": opens,
            "high": np.maximum(opens, close) + 0.1,
            "low": np.minimum(opens, close) - 0.1,
            "close": close,
            "volume": random.uniform(0.1, 2, 180),
        }
    )


def test_first_open_highest_high_lowest_low_last_close_summed_volume(minutes: pd.DataFrame) -> None:
    hours = resample(minutes, MINUTE, HOUR, 0.5).candles
    second = minutes.iloc[60:120]
    assert hours["timestamp"].dt.hour.tolist() == [0, 1, 2]
    assert hours.iloc[1, 1:].tolist() == [
        second["open"].iloc[0],
        second["high"].max(),
        second["low"].min(),
        second["close"].iloc[-1],
        math.fsum(second["volume"]),
    ]


def test_periods_cut_by_the_ends_of_the_file_are_left_out(minutes: pd.DataFrame) -> None:
    cut = resample(minutes.iloc[1:179].reset_index(drop=True), MINUTE, HOUR, 0.5)
    assert cut.candles["timestamp"].dt.hour.tolist() == [1]
    assert cut.partial_edges == 2


def test_a_minute_without_trade_inside_is_no_gap_but_a_thin_hour_is(minutes: pd.DataFrame) -> None:
    some = minutes.drop(index=range(65, 94)).reset_index(drop=True)
    assert len(resample(some, MINUTE, HOUR, 0.5).candles) == 3
    few = minutes.drop(index=range(65, 96)).reset_index(drop=True)
    thin = resample(few, MINUTE, HOUR, 0.5)
    assert thin.candles["timestamp"].dt.hour.tolist() == [0, 2]
    assert thin.thin_periods == 1
    # Exactly half of the rows is not less than half.
    half = minutes.drop(index=range(65, 95)).reset_index(drop=True)
    assert resample(half, MINUTE, HOUR, 0.5).thin_periods == 0
    assert resample(half, MINUTE, HOUR, 0.51).thin_periods == 1


def test_an_hour_without_a_row_is_not_invented(minutes: pd.DataFrame) -> None:
    hours = resample(minutes.drop(index=range(60, 120)).reset_index(drop=True), MINUTE, HOUR, 0.0).candles
    assert hours["timestamp"].dt.hour.tolist() == [0, 2]


def test_resampling_in_two_steps_is_resampling_in_one(minutes: pd.DataFrame) -> None:
    quarters = resample(minutes, MINUTE, 15 * MINUTE, 0.5).candles
    one, two = resample(minutes, MINUTE, HOUR, 0.5).candles, resample(quarters, 15 * MINUTE, HOUR, 0.5).candles
    assert_frame_equal(one, two, check_exact=False, rtol=1e-15)


@pytest.mark.parametrize("target", ["30m", "90m"])
def test_shorter_or_uneven_candles_cannot_be_made(target: str, minutes: pd.DataFrame) -> None:
    hours = resample(minutes, MINUTE, HOUR, 0.5).candles
    with pytest.raises(UserError, match="no candles of .* can be made; set `ingest.timeframe`"):
        resample(hours, HOUR, pd.Timedelta(target), 0.5)


def test_a_minute_file_is_resampled_on_its_way_in(minutes: pd.DataFrame) -> None:
    result = collected(minutes.iloc[::-1])
    assert_frame_equal(result.candles, resample(minutes, MINUTE, HOUR, 0.5).candles)
    assert result.report["repairs"]["partial_periods"] == 0
    assert result.report["rows"] == 3
    thin = collected(minutes.drop(index=range(65, 94)), coverage=0.6, gap_share=0.5).report
    assert (thin["repairs"]["thin_periods"], thin["rows"]) == (1, 2)


def test_a_file_without_a_whole_period_is_refused(minutes: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="no whole period"):
        resample(minutes.iloc[10:50].reset_index(drop=True), MINUTE, HOUR, 0.5)


def test_volumes_beyond_every_number_are_refused(minutes: pd.DataFrame) -> None:
    minutes.loc[60:62, "volume"] = 1e308
    with pytest.raises(UserError, match="the volumes from 2020-01-01T01:00 on add up to more than a number can be"):
        resample(minutes, MINUTE, HOUR, 0.5)
