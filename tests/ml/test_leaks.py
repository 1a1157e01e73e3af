"""Leak alarms: where there is nothing to know, the whole pipeline must find nothing."""

import numpy as np
import pandas as pd
import pytest
from src.ml.evaluate import evaluate_ensemble, evaluate_member
from src.ml.moves import with_falls

from src.candles.contract import validate_candles
from src.core.errors import UserError
from src.core.params import read_section
from src.core.paths import ROOT
from src.features.table import build_feature_table
from src.metadata.gates import Gates, refuse_suspected_leak
from src.ml.ensemble import ProductionEnsemble
from src.ml.params import EnsembleParams, read_member_settings
from src.validation.params import ValidationParams
from tests.conftest import HOUR

WARMUP, HORIZON, THRESHOLD = 400, 1, 0.003
HOURS, STEPS = 3000, 12


@pytest.fixture(scope="module")
def random_walk() -> pd.DataFrame:
    """Candles of a geometric random walk of constant volatility, 0.6 % per hour, with volumes that mean nothing."""
    rng = np.random.default_rng(20)
    prices = 8000 * np.exp(np.cumsum(rng.normal(0, 0.006 / np.sqrt(STEPS), HOURS * STEPS))).reshape(HOURS, STEPS)
    opens = np.concatenate([[8000], prices[:-1, -1]])
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-01-01", periods=HOURS, freq="h", tz="UTC", unit="us"),
            "open": opens,
            "high": np.maximum(prices.max(axis=1), opens),
            "low": np.minimum(prices.min(axis=1), opens),
            "close": prices[:, -1],
            "volume": rng.lognormal(0, 1, HOURS),
        }
    )


def evaluate(rows: pd.DataFrame) -> dict:
    """The ensemble's walk-forward metrics with the settings of params.yaml."""
    params = read_section(ROOT, "ensemble", EnsembleParams)
    folds = read_section(ROOT, "validation", ValidationParams).split(rows["timestamp"], HORIZON)
    evaluations = {
        name: evaluate_member(name, read_member_settings(ROOT, name), rows, folds=folds, threshold=params.threshold)
        for name in params.weights
    }
    ensemble = ProductionEnsemble({name: e.model for name, e in evaluations.items()}, params.weights, params.threshold)
    return evaluate_ensemble(ensemble, rows, {name: e.out_of_fold for name, e in evaluations.items()}).metrics[
        "walk_forward"
    ]


def table(candles: pd.DataFrame) -> pd.DataFrame:
    """Candles → feature table, as the stages make it."""
    valid = validate_candles(candles, HOUR, "the candles of this test")
    rows = build_feature_table(valid, HOUR, WARMUP, HORIZON, THRESHOLD).rows
    return with_falls(rows, valid, HORIZON, THRESHOLD)


def assert_knows_nothing(metrics: dict) -> None:
    for name in ("roc_auc", "roc_auc_mirrored", "roc_auc_direction"):
        assert abs(metrics[name] - 0.5) < 3 * metrics[f"{name}_se"], (name, metrics[name], metrics[f"{name}_se"])


def test_nothing_is_found_in_a_random_walk(random_walk) -> None:
    assert_knows_nothing(evaluate(table(random_walk)))


def test_nothing_is_found_behind_shuffled_labels(snapshot) -> None:
    rows = table(snapshot.iloc[-HOURS:].reset_index(drop=True))
    order = np.random.default_rng(21).permutation(len(rows))
    metrics = evaluate(rows.assign(target=rows["target"].to_numpy()[order], fell=rows["fell"].to_numpy()[order]))
    assert_knows_nothing(metrics)


def test_the_alarm_rings_for_features_of_the_next_hour(random_walk) -> None:
    rows = table(random_walk)
    features = rows.columns.drop(["timestamp", "target", "fell"])
    leaking = rows.assign(**{name: rows[name].shift(-1) for name in features}).iloc[:-1]
    metrics = evaluate(leaking)
    assert metrics["roc_auc"] > 0.9
    with pytest.raises(AssertionError):
        assert_knows_nothing(metrics)
    with pytest.raises(UserError, match="a leak of the future is suspected"):
        refuse_suspected_leak(read_section(ROOT, "gates", Gates), "ensemble", metrics)


def test_an_unpurged_row_would_know_the_first_close_of_the_fold() -> None:
    """Targets `horizon` rows ahead: with the purge the last training target ends before the fold, with one row less
    it is made of the fold's first close."""
    hours = pd.Series(pd.date_range("2020-01-01", periods=70, freq="h", tz="UTC"))
    for horizon in (1, 4):
        for fold in read_section(ROOT, "validation", ValidationParams).split(hours, horizon):
            assert fold.train[-1] + horizon == fold.test[0] - 1
