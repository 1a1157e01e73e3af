import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.names import DIRECTION_NAMES, FEATURE_NAMES, FEATURE_SETS, MOVE_NAMES
from src.features.technical import TechnicalIndicators
from src.features.wide import WideIndicators
from tests.conftest import HOUR, make_candles

WARMUP = 200


@pytest.fixture(scope="module")
def history(snapshot: pd.DataFrame) -> pd.DataFrame:
    return WideIndicators(400, HOUR).generate_all_features(snapshot)


def test_the_twelve_stand_first_and_are_the_same(snapshot: pd.DataFrame, history: pd.DataFrame) -> None:
    assert tuple(history.columns) == FEATURE_SETS["wide"] == (*FEATURE_NAMES, *MOVE_NAMES, *DIRECTION_NAMES)
    twelve = TechnicalIndicators(400).generate_all_features(snapshot)
    pd.testing.assert_frame_equal(history[list(FEATURE_NAMES)], twelve, check_exact=True)
    assert np.isfinite(history.to_numpy()).all()


def test_each_against_its_definition_in_pandas(snapshot: pd.DataFrame, history: pd.DataFrame) -> None:
    high, low, close, volume = (snapshot[name] for name in ("high", "low", "close", "volume"))
    returns = close.pct_change()
    span = (high - low).where(high != low)
    clv = ((2 * close - high - low) / span).fillna(0.0)
    vol = np.sqrt((returns**2).ewm(span=48, adjust=False).mean() - returns.ewm(span=48, adjust=False).mean() ** 2).clip(
        lower=5e-4
    )
    expected = {
        "rms_24": np.sqrt((returns**2).rolling(24).mean()),
        "rms_168": np.sqrt((returns**2).rolling(168).mean()),
        "range_1": high / low - 1,
        "range_4": (high / low - 1).rolling(4).mean(),
        "same_hour_move": sum(returns.abs().shift(24 * day - 1) for day in range(1, 8)) / 7,
        "clv_1": clv,
        "rsi_56": 50 + 50 * (close - close.shift(56)) / close.diff().abs().rolling(56).sum(),
        "zscore_100": (close - close.rolling(100).mean()) / close.rolling(100).std(ddof=0),
    }
    expected |= {f"clv_{n}": (clv * volume).rolling(n).sum() / volume.rolling(n).sum() for n in (6, 24)}
    expected |= {f"momentum_{n}": (close / close.shift(n) - 1) / (vol * np.sqrt(n)) for n in (2, 4, 8, 12, 24, 72, 168)}
    expected |= {
        f"signed_volume_{n}": (np.sign(returns) * volume).rolling(n).sum() / volume.rolling(n).sum()
        for n in (6, 24, 72)
    }
    expected |= {f"from_high_{n}": close / high.rolling(n).max() - 1 for n in (24, 168)}
    expected |= {f"from_low_{n}": close / low.rolling(n).min() - 1 for n in (24, 168)}
    predicted = snapshot["timestamp"] + HOUR
    expected |= {"hour": predicted.dt.hour, "weekday": predicted.dt.day_of_week}
    assert set(expected) == {*MOVE_NAMES, *DIRECTION_NAMES}
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values.iloc[399:], rtol=1e-6, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("end", [400, 5_000, 12_345, 20_078])
def test_a_window_of_the_warmup_serves_what_training_saw(
    snapshot: pd.DataFrame, history: pd.DataFrame, end: int
) -> None:
    live = WideIndicators(400, HOUR).generate_all_features(snapshot.iloc[end - 400 : end])
    difference = np.abs(live.iloc[0] - history.loc[end - 1]) / history.std()
    assert difference.max() < 1e-6, difference


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(WARMUP, 299), later=st.lists(st.floats(1, 1e6), min_size=1, max_size=20))
def test_a_row_depends_on_no_later_row(cut: int, later: list[float]) -> None:
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(cut).normal(0, 0.01, cut)))
    whole = make_candles([*walk, *later]).assign(low=0.5, high=2e6)
    indicators = WideIndicators(WARMUP, HOUR)
    alone = indicators.generate_all_features(whole.iloc[:cut])
    pd.testing.assert_frame_equal(alone, indicators.generate_all_features(whole).loc[alone.index], check_exact=True)


def test_flat_and_silent_windows_have_the_stated_values() -> None:
    flat = make_candles([8_654_960.1] * 420).assign(volume=0.0)
    flat["high"] = flat["low"] = flat["close"]
    # Moves before the flat stretch leave a rest in TA-Lib's running sums.
    flat.loc[:199, "close"] += np.arange(200) * 1e3
    flat.loc[:199, ["high", "volume"]] = 2e7
    row = WideIndicators(WARMUP, HOUR).generate_all_features(flat).iloc[-1]
    stated = {"rsi_56": 50.0, "hour": row["hour"], "weekday": row["weekday"]}
    assert row[[*MOVE_NAMES, *DIRECTION_NAMES]].round(9).to_dict() == {
        name: stated.get(name, 0.0) for name in (*MOVE_NAMES, *DIRECTION_NAMES)
    }


def test_the_same_clock_hour_is_that_of_the_hour_to_come() -> None:
    """A move of one bar shows in the rows whose next bar is 24, 48, … 168 bars later, and in no other."""
    candles = make_candles([100.0] * 240 + [110.0] * 200)
    rows = WideIndicators(WARMUP, HOUR).generate_all_features(candles)["same_hour_move"]
    moved = rows.index[rows > 0.01].tolist()
    assert moved == [240 + 24 * day - 1 for day in range(1, 8)]
    np.testing.assert_allclose(rows.loc[moved], 0.1 / 7)


def test_one_tick_at_a_price_of_millions_is_a_finite_zscore() -> None:
    closes = 15_000_000.0 + np.random.default_rng(3).normal(0, 5e4, 300).round()
    closes[180:] = 15_000_000
    closes[250] += 1
    rows = WideIndicators(WARMUP, HOUR).generate_all_features(make_candles(closes.tolist()))["zscore_100"]
    assert np.isfinite(rows).all()
    # One value of 100 is 1 above the others: (0 − 0.01) / √(0.01 · 0.99).
    np.testing.assert_allclose(rows.iloc[-1], -0.01 / np.sqrt(0.01 * 0.99), rtol=1e-3)
