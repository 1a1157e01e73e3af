"""Where the ensemble fails, by hand on two folds of six rows."""

import numpy as np
import pandas as pd
import pytest

from src.evaluation.conditions import BARS, THIRDS, conditions

HOURS = pd.date_range("2020-01-01", periods=BARS + 12, freq="h", tz="UTC", unit="us")


@pytest.fixture
def candles() -> pd.DataFrame:
    """Every candle moves more than the one before, so later rows of a fold follow more restless days."""
    closes = [100.0]
    for number in range(1, len(HOURS)):
        closes.append(closes[-1] * (1 + (-1) ** number * number / 1000))
    return pd.DataFrame({"timestamp": HOURS, "close": closes})


def table(probability: list[float], target: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "timestamp": HOURS[BARS:],
            "fold": np.repeat([1, 2], 6),
            "target": np.array(target, dtype="int8"),
            "fell": 1 - np.array(target, dtype="int8"),
            "probability": probability,
            "base_rate": 0.5,
        }
    )


TARGET = [0, 1, 0, 1, 0, 1] * 2


def test_thirds_are_those_of_what_was_known_at_the_answer(candles: pd.DataFrame) -> None:
    # After the calmest hours it is wrong, after the middle ones it says nothing, after the restless ones it is right.
    ensemble = table([0.8, 0.2, 0.5, 0.5, 0.2, 0.8] * 2, TARGET)
    flat = table([0.5] * 12, TARGET)
    found = conditions(ensemble, flat, candles, 0.5)
    calm, usual, restless = (found[f"after_{name}"] for name in THIRDS)
    assert [third["n"] for third in (calm, usual, restless)] == [4, 4, 4]
    assert [third["roc_auc"] for third in (calm, usual, restless)] == [0, 0.5, 1]
    assert calm["skill_over_volatility"] == pytest.approx(1 - np.log(0.2) / np.log(0.5), abs=1e-6)
    assert usual["skill_over_volatility"] == 0
    assert restless["skill_over_volatility"] == pytest.approx(1 - np.log(0.8) / np.log(0.5), abs=1e-6)
    assert restless["skill_over_volatility_se"] == 0
    assert (restless["rate"], restless["probability"], restless["folds"]) == (0.5, 0.5, 2)
    # A candle that comes later changes nothing of the row before it.
    last = candles["timestamp"] == HOURS[-1]
    changed = candles.assign(close=candles["close"].where(~last, 1.0))
    assert conditions(ensemble, flat, changed, 0.5)["after_calm"] == calm


def test_the_worst_fold_is_named(candles: pd.DataFrame) -> None:
    ensemble = table([0.2, 0.8] * 3 + [0.8, 0.2] * 3, TARGET)
    worst = conditions(ensemble, table([0.5] * 12, TARGET), candles, 0.5)["worst_fold"]
    assert (worst["first"], worst["last"]) == ("2020-01-02", "2020-01-02")
    assert worst["log_loss_skill"] == pytest.approx(1 - np.log(0.2) / np.log(0.5), abs=1e-6)


def test_what_a_third_cannot_tell_is_none(candles: pd.DataFrame) -> None:
    silent = table([0.4] * 12, [0] * 12)
    found = conditions(silent, silent, candles, 0.5)["after_calm"]
    assert (found["roc_auc"], found["roc_auc_direction"], found["rate"]) == (None, None, 0)
