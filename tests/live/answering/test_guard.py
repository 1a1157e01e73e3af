"""Wrong windows, one by one, and exactly what each got."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from src.live.answering.guard import judge
from src.live.answering.window import Window
from src.live.settings import GuardSettings
from tests.live.windows import (
    FACTS,
    HOUR,
    LAST_CLOSE,
    MIDNIGHT,
    SETTINGS,
    WARMUP,
    verdict,
    window,
    with_time,
    with_value,
)

DAY = 24 * HOUR
INFINITY = float("inf")
NAN = float("nan")


def spaced(seconds: int, told: int | None = None) -> Window:
    """Candles of another timeframe; ``told`` is what the source says of it."""
    base = window()
    opened = MIDNIGHT + np.arange(WARMUP, dtype=np.int64) * seconds
    return Window(opened, base.values, float(opened[-1]) + seconds + 15, told or seconds)


def at(seconds_after_close: float) -> Window:
    return replace(window(), now=LAST_CLOSE + seconds_after_close)


def columns(*order: int) -> Window:
    return replace(window(), values=window().values[:, order])


# What is wrong → the window, the reason, words of the sentence.
WRONG: dict[str, tuple[Window, str, str]] = {
    "daily candles": (spaced(DAY), "timeframe", "the candles are of 86400 s, not 3600 s; the graph was made for .* 1h"),
    "daily candles said to be hours": (spaced(DAY, HOUR), "timeframe", "most candles are 86400 s apart, not 3600 s"),
    "four hours": (spaced(4 * HOUR), "timeframe", "are of 14400 s"),
    "two hours said to be one": (spaced(2 * HOUR, HOUR), "timeframe", "7200 s apart"),
    "quarters of an hour": (spaced(900), "timeframe", "are of 900 s"),
    "minutes said to be hours": (spaced(60, HOUR), "timeframe", "60 s apart"),
    "times in milliseconds": (replace(window(), opened=window().opened * 1000), "timeframe", "3600000 s apart"),
    "all opened a minute past": (replace(window(), opened=window().opened + 60), "timeframe", "T00:01.* not on the"),
    "one opened a second past": (with_time(3, 1), "timeframe", "2020-01-01T03:00:01.* is not on the grid of 3600 s"),
    "no candle": (window([]), "short", "the graph needs 8 candles, and there are 0"),
    "one candle": (window([0]), "short", "and there are 1"),
    "one too few": (window(range(1, WARMUP)), "short", "and there are 7; give older ones too"),
    "newest first": (replace(window(), opened=window().opened[::-1]), "broken", "T06:00.* is not later than the row"),
    "a candle twice": (with_time(5, -HOUR), "broken", "the time 2020-01-01T04:00.* is not later than the row"),
    "two rows swapped": (window([0, 1, 2, 4, 3, 5, 6, 7]), "broken", "the time 2020-01-01T03:00:00.* is not later"),
    "open not a number": (with_value(7, 0, NAN), "broken", "the candle of 2020-01-01T07:00.* open is not a number"),
    "volume not a number": (with_value(2, 4, NAN), "broken", "T02:00:00.* volume is not a number"),
    "price of 0": (with_value(6, 2, 0.0), "broken", r"low is not above 0 \(0.0\)"),
    "negative price": (with_value(6, 3, -101.0), "broken", "close is not above 0"),
    "infinite price": (with_value(6, 1, INFINITY), "broken", "high is infinite"),
    "price of minus infinity": (with_value(6, 2, -INFINITY), "broken", "low is not above 0"),
    "negative volume": (with_value(7, 4, -0.1), "broken", "volume is below 0"),
    "infinite volume": (with_value(7, 4, INFINITY), "broken", "volume is infinite"),
    "low above high": (with_value(5, 2, 104.0), "broken", "low is above high"),
    "close above high": (with_value(5, 3, 103.5), "broken", r"close is outside \[low, high\]"),
    "close below low": (with_value(5, 3, 97.5), "broken", r"close is outside \[low, high\]"),
    "open above high": (with_value(5, 0, 103.5), "broken", r"open is outside \[low, high\]"),
    "open below low": (with_value(5, 0, 97.5), "broken", r"open is outside \[low, high\]"),
    "oldest candle broken": (with_value(0, 0, 0.0), "broken", "the candle of 2020-01-01T00:00:00"),
    "high and low exchanged": (columns(0, 2, 1, 3, 4), "broken", "T00:00:00.* low is above high"),
    "volume first": (columns(4, 0, 1, 2, 3), "broken", "low is above high .open 5.0, high 100.0"),
    "the just-opened candle": (at(15 - HOUR), "open", "closes at 2020-01-01T08:00:00.*, and it is 2020-01-01T07:00:15"),
    "a second before its close": (at(-1), "open", "closes at 2020-01-01T08:00:00.* leave it out"),
    "a second before its open": (at(-1 - HOUR), "future", "opens at 2020-01-01T07:00.*, and it is .*T06:59:59"),
    "tomorrow's candles": (at(-DAY), "future", "correct times or clock"),
    "the next one overdue by 61 s": (at(HOUR + 61), "stale", "closed at 2020-01-01T08:00:00.*, and it is .*T09:01:01"),
    "yesterday's candles": (at(DAY), "stale", "the next one is overdue; look whether the exchange"),
    "last year's candles": (at(366 * DAY), "stale", "2021-01-01T08:00:00"),
    "one before the newest missing": (window([0, 1, 2, 3, 4, 5, 6, 8]), "hole", "1 candle is missing among the .* 4"),
    "the third back missing": (window([0, 1, 2, 3, 4, 6, 7, 8]), "hole", "1 candle is missing .* before .*T09:00"),
    "a night missing": (window([0, 1, 2, 3, 4, 5, 6, 15]), "hole", "8 candles are missing"),
    "close above training": (with_value(7, 3, 150.1, with_value(7, 1, 200.0)), "outside", r"close 150.1 \[50, 150\]"),
    "close below training": (with_value(7, 3, 49.9, with_value(7, 2, 40.0)), "outside", r"close 49.9 \[50, 150\]"),
    "volume above training": (with_value(7, 4, 10.1), "outside", r"volume 10.1 \[0, 10\]"),
}  # fmt: skip


def test_they_are_at_least_forty() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_window_gets_its_reason_and_its_sentence(what: str) -> None:
    wrong, reason, words = WRONG[what]
    found = verdict(wrong)
    assert found.abstains
    assert found.reason == reason
    assert found.sentence is not None
    assert found.sentence.endswith(".")
    assert "\n" not in found.sentence
    assert re.search(words, found.sentence), found.sentence


@pytest.mark.parametrize("after", [0, 15, HOUR - 1, HOUR + 60])
def test_a_right_window_is_answered_until_the_next_candle_is_overdue(after: int) -> None:
    assert verdict(at(after)) == verdict(window())
    assert not verdict(at(after)).abstains


def test_an_older_hole_is_only_told() -> None:
    found = verdict(window([0, 1, 4, 5, 7, 8, 9, 10]))
    assert (found.reason, found.older_holes) == (None, 3)


def test_holes_are_told_beside_another_reason() -> None:
    found = verdict(with_value(7, 4, 11.0, window([0, 1, 4, 5, 7, 8, 9, 10])))
    assert (found.reason, found.outside, found.older_holes) == ("outside", ("volume",), 3)


def test_candles_older_than_the_warm_up_are_not_looked_at() -> None:
    assert not verdict(with_value(0, 0, NAN, window(range(-3, WARMUP)))).abstains


def test_features_are_not_computed_of_wrong_candles() -> None:
    def never() -> NDArray[np.float64]:
        raise AssertionError

    assert judge(with_value(7, 0, NAN), SETTINGS, FACTS, never).reason == "broken"


def test_features_outside_may_be_told_alone() -> None:
    settings = GuardSettings(outside="tell")
    found = verdict(with_value(7, 4, 10.1), settings)
    assert (found.reason, found.outside) == (None, ("volume",))


def test_features_that_are_no_numbers_get_no_answer_in_any_case() -> None:
    found = judge(window(), GuardSettings(outside="tell"), FACTS, lambda: np.array([NAN, 5.0]))
    assert found.reason == "broken"
    assert "to make close of" in (found.sentence or "")


def test_the_edge_of_training_is_inside_it() -> None:
    assert not verdict(with_value(7, 4, 10.0)).abstains
    assert not verdict(with_value(7, 4, 0.0)).abstains


def test_a_time_of_no_calendar_is_a_sentence_too() -> None:
    huge = replace(window(), opened=window().opened - MIDNIGHT + 10**15 * HOUR)
    assert "s after 1970" in (verdict(huge).sentence or "")
