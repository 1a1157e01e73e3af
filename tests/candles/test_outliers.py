import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.outliers import level_changes, price_jumps, volume_jumps
from src.core.errors import UserError
from tests.candles.collecting import changed, collected, without
from tests.conftest import make_candles


def test_a_jump_is_measured_against_the_nearer_neighbour() -> None:
    candles = make_candles([100.0, 100, 100, 100])
    candles.loc[2, ["open", "high", "low", "close"]] = [100, 300, 100, 100]
    assert price_jumps(candles).round(3).tolist() == [0.01, 0.01, 2.0, 0.01]


def test_double_and_half_are_the_same_jump() -> None:
    candles = make_candles([100.0, 100, 100])
    candles["high"], candles["low"] = 100.0, 100.0
    candles.loc[1, "high"] = 200
    up = price_jumps(candles)[1]
    candles.loc[1, ["high", "low"]] = [100, 50]
    assert up == price_jumps(candles)[1] == 1.0


def test_one_candle_has_no_neighbour(candles: pd.DataFrame) -> None:
    assert price_jumps(candles.iloc[:1]).tolist() == [0.0]


def test_a_level_change_is_measured_from_close_to_open_both_ways() -> None:
    candles = make_candles([100.0, 200, 50, 50])
    assert level_changes(candles).tolist() == [0.0, 1.0, 3.0, 0.0]
    assert level_changes(candles.iloc[:1]).tolist() == [0.0]


@pytest.mark.filterwarnings("error")
def test_ratios_beyond_every_number_are_infinite() -> None:
    candles = make_candles([100.0, 1e-308, 1e308, 100.0])
    candles["low"], candles["volume"] = 1e-308, [1e-300, 1e300, 0, 0]
    assert price_jumps(candles).max() == float("inf")
    assert level_changes(candles).max() == float("inf")
    assert volume_jumps(candles).max() == float("inf")


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
