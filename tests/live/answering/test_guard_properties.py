"""The guard against the same rules in plain Python, over windows of any holes, clocks and broken values."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from src.live.settings import GuardSettings
from tests.live.windows import CONTIGUOUS, HOUR, LAST_CLOSE, MIDNIGHT, OVERDUE, WARMUP, verdict, window, with_value

# So few hours that most candles are an hour apart.
SPAN = WARMUP + 5
NOT_POSITIVE = st.one_of(st.floats(max_value=0), st.just(float("nan")), st.just(float("inf")))


@given(st.sets(st.integers(0, SPAN - 1), min_size=WARMUP), st.integers(1, WARMUP))
def test_a_hole_abstains_when_it_is_among_the_newest(hours: set[int], contiguous: int) -> None:
    used = sorted(hours)[-WARMUP:]
    newest = used[-contiguous:]
    found = verdict(window(sorted(hours)), GuardSettings(contiguous=contiguous, overdue=OVERDUE))
    missing = [hour for hour in range(used[0], used[-1]) if hour not in hours]
    # What is asked for are so many candles, not so many hours.
    among = [hour for hour in missing if hour > newest[0]]
    spacing = np.diff(used).tolist()
    if spacing.count(1) <= max(spacing.count(other) for other in set(spacing) - {1} | {0}):
        return
    assert found.reason == ("hole" if among else None)
    assert found.older_holes == len(missing) - len(among)


@given(st.integers(-3 * HOUR, 3 * HOUR))
def test_the_clock_decides_open_fresh_and_stale(after_close: int) -> None:
    reason = verdict(replace(window(), now=float(LAST_CLOSE + after_close))).reason
    if after_close < -HOUR:
        assert reason == "future"
    elif after_close < 0:
        assert reason == "open"
    else:
        assert reason == (None if after_close <= HOUR + OVERDUE else "stale")


@given(st.integers(0, WARMUP - 1), st.integers(0, 3), NOT_POSITIVE)
def test_a_price_that_is_none_is_broken_wherever_it_stands(row: int, column: int, value: float) -> None:
    found = verdict(with_value(row, column, value))
    assert found.reason == "broken"
    assert f"T{row:02}:00:00" in (found.sentence or "")


@given(st.integers(-(10**6), 10**6), st.integers(0, 50))
def test_neither_the_day_nor_older_candles_change_the_verdict(days: int, older: int) -> None:
    base = window(range(-older, WARMUP))
    shift = days % 30_000 * 24 * HOUR
    moved = replace(base, opened=base.opened + shift, now=base.now + shift)
    assert verdict(moved) == verdict(window())


@given(st.floats(allow_nan=False, min_value=0), st.floats(allow_nan=False, min_value=1e-3, max_value=1e9))
def test_a_feature_outside_is_named_and_one_inside_is_not(volume: float, price: float) -> None:
    values = np.tile([price, price, price, price, 5.0], (WARMUP, 1))
    values[-1, 4] = min(volume, 1e300)
    found = verdict(replace(window(), values=values))
    slack = 1e-4
    assert ("close" in found.outside) == (not 50 - slack <= price <= 150 + slack)
    assert ("volume" in found.outside) == (values[-1, 4] > 10 + slack)
    assert found.abstains == bool(found.outside)


def test_the_windows_of_these_tests_are_right() -> None:
    assert not verdict(window()).abstains
    assert (CONTIGUOUS, len(window()), window().opened[0]) == (4, WARMUP, MIDNIGHT)
