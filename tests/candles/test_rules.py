"""The rules against the same sentences in plain Python, and against pandera's schema, which is made of them."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.candles.contract import validate_candles
from src.candles.rules import fault_in, not_later, off_grid, sound
from src.core.errors import UserError
from src.core.names import OHLCV
from tests.conftest import HOUR

GOOD = [100.0, 103.0, 98.0, 101.0, 0.0]
NUMBERS = st.sampled_from([0.0, -1.0, 1.0, 2.0, 3.0, math.inf, -math.inf, math.nan])


def keeps(row: list[float]) -> bool:
    opened, high, low, close, volume = row
    return all(map(math.isfinite, row)) and 0 < low <= min(opened, close) and max(opened, close) <= high and volume >= 0


@given(st.lists(st.lists(NUMBERS, min_size=5, max_size=5), min_size=1, max_size=8))
def test_a_row_is_sound_when_it_keeps_all_of_them(rows: list[list[float]]) -> None:
    assert sound(np.array(rows)).tolist() == [keeps(row) for row in rows]


@given(st.lists(st.lists(NUMBERS, min_size=5, max_size=5), min_size=1, max_size=4))
def test_the_schema_refuses_what_is_not_sound(rows: list[list[float]]) -> None:
    times = pd.date_range("2020-01-01", periods=len(rows), freq="h", tz="UTC", unit="us")
    frame = pd.DataFrame(rows, columns=list(OHLCV))
    frame.insert(0, "timestamp", times)
    try:
        validate_candles(frame, HOUR, "a.csv")
    except UserError:
        assert not all(map(keeps, rows))
    else:
        assert all(map(keeps, rows))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (GOOD, None),
        ([math.nan, *GOOD[1:]], "open is not a number (nan)"),
        ([*GOOD[:4], math.nan], "volume is not a number (nan)"),
        ([100.0, 103.0, 0.0, 101.0, 0.0], "low is not above 0 (0.0)"),
        ([100.0, math.inf, 98.0, 101.0, 0.0], "high is infinite (inf)"),
        ([*GOOD[:4], -0.5], "volume is below 0 (-0.5)"),
        ([*GOOD[:4], math.inf], "volume is infinite (inf)"),
        ([100.0, 98.0, 103.0, 101.0, 0.0], "low is above high (open 100.0, high 98.0, low 103.0, close 101.0)"),
        (
            [104.0, 103.0, 98.0, 101.0, 0.0],
            "open is outside [low, high] (open 104.0, high 103.0, low 98.0, close 101.0)",
        ),
        (
            [100.0, 103.0, 98.0, 97.0, 0.0],
            "close is outside [low, high] (open 100.0, high 103.0, low 98.0, close 97.0)",
        ),
    ],
)
def test_the_first_broken_row_is_named(row: list[float], fault: str | None) -> None:
    assert fault_in(np.array([GOOD, row, [-1.0] * 5])[: 3 if fault else 2]) == (fault and (1, fault))


def test_times_ascend_on_a_grid() -> None:
    times = np.array([7200, 7200, 3600, 10801], dtype=np.int64)
    assert not_later(times).tolist() == [False, True, True, False]
    assert off_grid(times, 3600).tolist() == [False, False, False, True]
    assert not_later(times[:0]).tolist() == []
