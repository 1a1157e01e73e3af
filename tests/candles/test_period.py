"""Gaps and the period, through the whole way."""

import pandas as pd
import pytest

from src.core.errors import UserError
from tests.candles.collecting import collected, without


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
