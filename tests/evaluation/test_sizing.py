import numpy as np
import pandas as pd
import pytest

from src.evaluation.params import SizingParams
from src.evaluation.sizing import HOLDING, SIZED, positions, sized_backtests, sizing_report
from tests.conftest import make_candles

PARAMS = SizingParams(volatility=0.4, cap=1.0, band=0.1)
HOURS = 8766


def yearly(*shares: float) -> np.ndarray:
    return np.array(shares) / np.sqrt(HOURS)


def test_the_share_is_the_target_by_the_deviation_with_cap_and_band() -> None:
    found = positions(yearly(0.8, 0.78, 0.5, 0.2, 4.0), HOURS, PARAMS)
    # 0.5; 0.513 is within the band; 0.8; 2 is above the cap; 0.1.
    np.testing.assert_allclose(found, [0.5, 0.5, 0.8, 1.0, 0.1])


def test_a_share_within_the_band_of_nothing_is_not_bought() -> None:
    assert positions(yearly(5.0), HOURS, PARAMS).tolist() == [0.0]


@pytest.fixture(scope="module")
def backtests():
    rng = np.random.default_rng(5)
    candles = make_candles((100 * np.cumprod(1 + rng.normal(0, 0.01, 1500))).tolist())
    hours = candles["timestamp"].iloc[:-2]
    found = pd.DataFrame(
        {"move": yearly(0.8)[0], "atr": yearly(0.4)[0], "smoothed_atr": yearly(1.6)[0]}, index=pd.Index(hours)
    )
    decisions = pd.Series(0.0, index=hours)
    return candles, sized_backtests(candles, found, decisions, 0.001, PARAMS)


def test_half_is_held_and_paid_for(backtests) -> None:
    candles, tests = backtests
    opens = candles["open"].to_numpy()[1:]
    half = 1 + 0.5 * (opens[1:] / opens[:-1] - 1)
    # Bought once and sold at the end, half of the capital each time.
    assert tests[SIZED].equity[-1] == pytest.approx(np.prod(half) * (1 - 0.0005) ** 2, rel=1e-9)
    assert tests["ensemble"].equity[-1] == 1.0
    # What is sized by a deviation of the target holds everything.
    assert tests["atr_sized_holding"].equity[-1] == tests[HOLDING].equity[-1]
    assert set(tests["smoothed_atr_sized_holding"].bars["position"]) == {0.25}


def test_the_paired_differences_have_errors_by_weeks(backtests) -> None:
    report = sizing_report(backtests[1], trials=10)
    gap = report["sized_less_holding"]
    figures = report["backtests"]
    assert gap["max_drawdown"] == pytest.approx(
        figures[SIZED]["max_drawdown"] - figures[HOLDING]["max_drawdown"], abs=2e-6
    )
    assert gap["max_drawdown"] < -3 * gap["max_drawdown_se"] < 0
    # Half of the same series has the same Sharpe ratio, but for its costs.
    assert abs(gap["sharpe"]) < 0.05 > gap["sharpe_se"] > 0
    assert report == sizing_report(backtests[1], trials=10)
