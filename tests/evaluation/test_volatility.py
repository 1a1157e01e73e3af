import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from src.evaluation.volatility import BEFORE, forecasts, move_scale, qlike_report, unscaled_forecasts
from src.evaluation.volatility_target import sigma_of_move, smoothed
from tests.conftest import make_candles

THRESHOLD = 0.003


def test_the_deviation_is_that_which_gives_the_probability() -> None:
    sigma = np.array([0.002, 0.004, 0.02])
    move = 2 * (1 - norm.cdf(THRESHOLD / sigma))
    np.testing.assert_allclose(sigma_of_move(move, THRESHOLD), sigma, rtol=1e-9)
    assert np.isfinite(sigma_of_move(np.array([0.0, 1.0]), THRESHOLD)).all()


def test_the_logarithm_is_smoothed_as_pandas_does_it() -> None:
    sigma = np.random.default_rng(1).uniform(0.001, 0.02, 300)
    expected = np.exp(pd.Series(np.log(sigma)).ewm(span=24, adjust=False).mean())
    np.testing.assert_allclose(smoothed(sigma), expected, rtol=1e-12)
    assert smoothed(np.full(5, 0.004)) == pytest.approx(0.004)


@pytest.fixture(scope="module")
def walk() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hours whose deviation is 0.2 % and 1 % by turns of 100, and a table that knows the one of the next hour."""
    sigma = np.where(np.arange(2400) // 100 % 2 == 0, 0.002, 0.01)
    moves = np.random.default_rng(4).normal(0, sigma)
    candles = make_candles((100 * np.cumprod(1 + moves)).tolist())
    candles[["high", "low"]] = np.column_stack([candles["close"] * 1.001, candles["close"] * 0.999])
    rows = slice(200, 2399)
    table = pd.DataFrame(
        {
            "timestamp": candles["timestamp"].iloc[rows].to_numpy(),
            "fold": np.repeat(np.arange(7), 315)[: 2399 - 200],
            "probability_move": 2 * (1 - norm.cdf(THRESHOLD / sigma[201:2400])),
        }
    )
    return candles, table


def test_a_forecast_depends_on_no_later_candle(walk) -> None:
    candles, table = walk
    whole = forecasts(candles, table, THRESHOLD)
    assert len(whole) == len(table) - BEFORE
    cut = candles.iloc[:1500].copy()
    earlier = forecasts(cut, table[table["timestamp"] < cut["timestamp"].iloc[-1]], THRESHOLD)
    names = ["move", "ewma_48", "ewma_168", "atr", "smoothed_atr"]
    pd.testing.assert_frame_equal(whole.loc[earlier.index, names], earlier[names], check_exact=True)


def test_who_knows_the_next_hour_has_the_least_loss(walk) -> None:
    report = qlike_report(forecasts(*walk, THRESHOLD))
    for name in ("ewma_48", "ewma_168"):
        assert report[name]["move_less_it"] < -3 * report[name]["move_less_it_se"] < 0
        assert report["move"]["qlike"] - report[name]["qlike"] == pytest.approx(report[name]["move_less_it"], abs=2e-6)


def test_a_version_is_scaled_by_what_its_forecasts_were_off(walk) -> None:
    """The last forecast's own factor, but for the newest return, which it could not know."""
    candles, table = walk
    known, following = unscaled_forecasts(candles, table, THRESHOLD)
    last = forecasts(candles, table, THRESHOLD)["move"].iloc[-1] / known["move"].iloc[-1]
    newest = (following.iloc[-1] / known["move"].iloc[-1]) ** 2
    n = len(table)
    assert move_scale(candles, table, THRESHOLD) == pytest.approx(np.sqrt(((n - 1) * last**2 + newest) / n), rel=1e-9)
