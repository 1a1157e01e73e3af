"""`features.set: wide` alone: the whole pipeline, the graph and an answer; and back again, to the same bytes."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from src.artifacts.load import load_production, proven_bytes
from src.core.names import FEATURE_SETS
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH, metrics
from src.core.yaml_files import read_yaml
from src.features.table import FeatureTable
from src.management.checks.data import check_features
from src.management.checks.models import check_models
from tests.conftest import SHORT_DAYS, run
from tests.graph.parity import ensemble_parity, session
from tests.stages.trees import dvc, ran, set_param

EVERY = {"features", "baselines", "ensemble", "export", "evaluate", "metadata"}


def outputs(root: Path) -> dict[str, str]:
    stages = read_yaml(root / "dvc.lock")["stages"]
    return {output["path"]: output["md5"] for stage in stages.values() for output in stage["outs"]}


@pytest.mark.drill
def test_one_key_switches_it_on_and_off(tree: Path) -> None:
    before = outputs(tree)
    set_param(tree, "features.set", "wide")
    # Enough hours for the errors of sized holding.
    set_param(tree, "ingest.days", 120)
    assert ran(tree) >= EVERY
    assert check_features(tree).problems == []
    assert check_models(tree).problems == []
    ensemble = load_production(tree)
    assert ensemble.feature_names == FEATURE_SETS["wide"]
    features = FeatureTable.read(tree / "data/features/features.parquet").features
    parity = ensemble_parity(ensemble, proven_bytes(tree, ENSEMBLE_GRAPH), features)
    assert (parity.rows, parity.exceptions, parity.flips) == (len(features), 0, 0)
    assert [value.name for value in session(proven_bytes(tree, SIGNAL_GRAPH)).get_inputs()] == ["candles", "opened"]
    document = json.loads((tree / PRODUCTION_METADATA).read_text(encoding="utf-8"))
    assert (document["n_features"], document["individual_models"]) == (38, list(ensemble.members))
    for name in (*ensemble.members, "ensemble"):
        heads = json.loads((tree / metrics(name)).read_text(encoding="utf-8"))["heads"]
        # A size counts the folds in which both directions have such moves.
        sizes = [part["n"] for part in heads["direction"]["by_size"]]
        assert heads["move"]["n"] > heads["direction"]["n"] >= sum(sizes) > 0
    volatility = json.loads((tree / metrics("volatility")).read_text(encoding="utf-8"))
    lines = ["ensemble", "sized_holding", "holding", "atr_sized_holding"]
    assert list(volatility["backtests"]) == [*lines, "smoothed_atr_sized_holding"]
    equity = pd.read_csv(tree / "reports/plots/equity.csv")
    assert equity["strategy"].drop_duplicates().tolist() == lines
    # All begin and end on the same days, and end with what the report says.
    assert equity.groupby("strategy")["day"].agg(["min", "max", "count"]).drop_duplicates().shape[0] == 1
    ends = equity.groupby("strategy")["value"].last() - 1
    assert ends.to_dict() == pytest.approx(
        {name: volatility["backtests"][name]["net_return"] for name in lines}, abs=2e-6
    )
    assert document["sizing"]["scale"] == volatility["scale"] > 0
    assert json.loads((tree / metrics("thresholds")).read_text(encoding="utf-8"))["rules"]
    importance = pd.read_csv(tree / "reports/plots/importance.csv")
    assert {"hour", "rms_24+rms_168", "clv_1+clv_6+clv_24"} < set(importance["feature"])

    # An answer is given from bytes that a commit names.
    for command in (("git", "add", "-A"), ("git", "commit", "-qm", "Make a wide version")):
        assert run(tree, *command).returncode == 0
    candles = pd.read_parquet(tree / "data/raw/candles.parquet").tail(700)
    candles["timestamp"] = candles["timestamp"].astype("int64") // 10**6
    (tree / "newest.csv").write_text(candles.to_csv(index=False))
    asked = run(tree, sys.executable, "scripts/live/live.py", "signal", "--candles", "newest.csv", "--json")
    assert asked.returncode == 0, asked.stderr
    found = json.loads(asked.stdout)
    assert found["probability"] == pytest.approx(found["probability_move"] * found["probability_direction"], rel=1e-9)
    assert 0.0005 < found["volatility"] < 0.05
    assert found["position"] == pytest.approx(min(0.4 / found["volatility"] / 8766**0.5, 1), rel=1e-9)

    set_param(tree, "features.set", "twelve")
    set_param(tree, "ingest.days", SHORT_DAYS)
    dvc(tree, "repro")
    assert outputs(tree) == before
