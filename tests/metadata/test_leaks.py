"""The leak alarm: it rings for what knows the next candle, and for nothing else."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from src.baselines.models import volatility
from src.candles.contract import validate_candles
from src.core.names import FEATURE_SETS
from src.core.params import read_section
from src.core.paths import ROOT
from src.evaluation.metrics import metrics_documents
from src.features.build import build_feature_table
from src.features.table import FeatureTable
from src.metadata.gates import LEAK, Gates, Verdict, judge_trading, suspected_leaks
from src.ml.base.registry import make_member, read_member_settings
from src.ml.params import read_ensemble
from src.ml.vote import voted
from src.validation.params import ValidationParams
from src.validation.walk_forward import walk_forward
from tests.conftest import HOUR
from tests.metadata.minutes import changing_minutes, random_walk

WARMUP, HORIZON, THRESHOLD = 400, 1, 0.003
ROWS = 3000
GATES = read_section(ROOT, "gates", Gates)


def table(candles: pd.DataFrame, step: pd.Timedelta = HOUR, feature_set: str = "twelve") -> FeatureTable:
    """Candles → feature table, as the stages make it."""
    valid = validate_candles(candles, step, "the candles of this test")
    return build_feature_table(valid, step, WARMUP, HORIZON, THRESHOLD, feature_set)[0]


def with_column(rows: FeatureTable, name: str, values: np.ndarray) -> FeatureTable:
    return FeatureTable(rows.rows.assign(**{name: values}))


def evaluated(rows: FeatureTable, folds: int = 6) -> dict[str, dict[str, Any]]:
    """The metrics documents of members, `ensemble` and `volatility`, with the settings of params.yaml and 120 trees."""
    params = read_ensemble(ROOT)
    split = ValidationParams(folds=folds).split(rows.timestamp, HORIZON)
    results = {
        # A tree whose params.yaml asks for few of them would not learn enough to ring.
        name: walk_forward(
            lambda name=name: make_member(
                name, read_member_settings(ROOT, name) | {"n_estimators": 120}, rows.feature_set
            ),
            rows,
            split,
        )
        for name in params.weights
    }
    results["volatility"] = walk_forward(volatility, rows.of_twelve(), split)
    out_of_fold = {name: result.out_of_fold for name, result in results.items()}
    in_sample = {name: result.in_sample for name, result in results.items()}
    for tables in (out_of_fold, in_sample):
        tables["ensemble"] = voted({name: tables[name] for name in params.weights}, params.weights)
    return metrics_documents(out_of_fold, in_sample, params.threshold)


def status_of(failures: list[str], leaks: list[str]) -> str:
    return Verdict(failures, leaks, judge_trading(GATES, 1.0)).status


def leaks(found: dict[str, dict[str, Any]]) -> list[str]:
    known = found["volatility"]
    return suspected_leaks(GATES, {name: found[name] for name in found if name != "volatility"}, known)


def assert_knows_nothing(scores: dict[str, Any]) -> None:
    for name in ("roc_auc", "roc_auc_mirrored", "roc_auc_direction"):
        assert abs(scores[name] - 0.5) < 3 * scores[f"{name}_se"], (name, scores[name], scores[f"{name}_se"])


@pytest.fixture(scope="module")
def walked() -> FeatureTable:
    return table(random_walk(ROWS))


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_nothing_is_found_in_a_random_walk(walked: FeatureTable, feature_set: str) -> None:
    found = evaluated(walked if feature_set == "twelve" else table(random_walk(ROWS), feature_set=feature_set))
    assert_knows_nothing(found["ensemble"]["walk_forward"])
    assert leaks(found) == []


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_nothing_is_found_behind_shuffled_labels(snapshot: pd.DataFrame, feature_set: str) -> None:
    rows = table(snapshot.iloc[-ROWS:].reset_index(drop=True), feature_set=feature_set).rows
    order = np.random.default_rng(21).permutation(len(rows))
    shuffled = rows.assign(target=rows["target"].to_numpy()[order], fell=rows["fell"].to_numpy()[order])
    found = evaluated(FeatureTable(shuffled))
    assert_knows_nothing(found["ensemble"]["walk_forward"])
    assert leaks(found) == []


def test_the_committed_figures_of_the_bundled_candles_ring_nothing() -> None:
    def document(name: str) -> dict[str, Any]:
        return json.loads((ROOT / "reports/metrics" / f"{name}.json").read_text(encoding="utf-8"))

    names = [*read_ensemble(ROOT).weights, "ensemble"]
    assert suspected_leaks(GATES, {name: document(name) for name in names}, document("baselines")["volatility"]) == []


def test_a_planted_next_return_rings(walked: FeatureTable) -> None:
    """`returns_1` is that of the next bar: the members know which way it goes."""
    following = walked.rows["close"].shift(-1) / walked.rows["close"] - 1
    found = evaluated(with_column(walked, "returns_1", following.fillna(0.0).to_numpy()))
    assert found["ensemble"]["walk_forward"]["roc_auc_direction"] > 0.9
    said = leaks(found)
    assert any("ensemble tells rises from falls with AUC" in sentence for sentence in said)
    assert status_of([], said) == LEAK


def test_a_planted_next_return_rings_in_the_head_that_asks_which_way() -> None:
    rows = table(random_walk(ROWS), feature_set="wide")
    following = rows.rows["close"].shift(-1) / rows.rows["close"] - 1
    said = leaks(evaluated(with_column(rows, "momentum_2", following.fillna(0.0).to_numpy())))
    assert any("ensemble tells rises from falls with AUC" in sentence for sentence in said)


def test_a_planted_next_range_rings() -> None:
    """`rsi_14` holds the range of the next bar, which says how far it goes and not which way.

    The baseline `volatility` does not see that feature, so its skill stays what it is.
    """
    candles = random_walk(ROWS)
    rows = table(candles)
    ranges = ((candles["high"] - candles["low"]) / candles["close"]).set_axis(candles["timestamp"]).shift(-1)
    found = evaluated(with_column(rows, "rsi_14", 1000 * ranges.loc[rows.timestamp].to_numpy()))
    said = leaks(found)
    assert found["ensemble"]["walk_forward"]["roc_auc_direction"] < GATES.direction_auc_below
    assert any("ensemble has" in sentence and "more skill than volatility alone" in sentence for sentence in said)
    assert status_of([], said) == LEAK


def test_minutes_whose_volatility_changes_do_not_ring() -> None:
    """An honest AUC above 0.8, all of it volatility: an alarm that looked at the AUC refused such candles."""
    found = evaluated(table(changing_minutes(12_000), pd.Timedelta(minutes=1)))
    scores = found["ensemble"]["walk_forward"]
    assert scores["roc_auc"] > 0.8
    assert abs(scores["roc_auc_direction"] - 0.5) < 3 * scores["roc_auc_direction_se"]
    assert leaks(found) == []


def test_a_leak_is_worse_than_a_failed_gate() -> None:
    assert status_of(["log loss skill is low"], ["a leak is suspected"]) == LEAK
    assert status_of(["log loss skill is low"], []) != LEAK


def test_an_unpurged_row_would_know_the_first_close_of_the_fold() -> None:
    """Targets `horizon` rows ahead: with the purge the last training target ends before the fold, with one row less
    it is made of the fold's first close."""
    hours = pd.Series(pd.date_range("2020-01-01", periods=70, freq="h", tz="UTC"))
    for horizon in (1, 4):
        for fold in read_section(ROOT, "validation", ValidationParams).split(hours, horizon):
            assert fold.train[-1] + horizon == fold.test[0] - 1
