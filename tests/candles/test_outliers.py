import pandas as pd
import pytest

from src.candles.outliers import level_changes, price_jumps, volume_jumps
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
