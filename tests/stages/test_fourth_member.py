"""A fourth member in three edits, for real: only it and what follows runs, all documents know it, and it goes again."""

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import dev_check, run
from tests.releases import git
from tests.stages.trees import dvc, ran

FOLLOWS = {"ensemble", "export", "evaluate", "metadata"}


def load(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.drill
def test_a_member_comes_and_goes(tree: Path) -> None:
    before = {path: path.read_bytes() for path in (tree / "models").rglob("*.pkl")}
    assert dev_check(tree, "new-member", "bagging").returncode == 0
    assert ran(tree, "--no-run-cache") == {"train_each@bagging"} | FOLLOWS
    assert "up to date" in dvc(tree, "repro")

    # Every document, metric and plot knows it; git sees text alone.
    production = load(tree / "models/production/production_model_metadata.json")
    assert production["model_weights"]["bagging"] == 0
    assert production["made_from"]["members"]["bagging"] in (tree / "dvc.lock").read_text()
    assert "bagging" in load(tree / "models/training/training_metadata.json")["individual_models"]
    assert load(tree / "reports/metrics/bagging.json")["walk_forward"]["folds"] == 6
    comparison = load(tree / "reports/metrics/comparison.json")
    assert "bagging" in comparison["ensemble_minus"]
    assert "bagging" in comparison["best_weights_in_hindsight"]["weights"]
    for plot in ("roc", "skill_by_fold", "reliability"):
        assert "bagging" in (tree / f"reports/plots/{plot}.csv").read_text(), plot
    added = {line[3:] for line in git(tree, "status", "--porcelain", "-uall").splitlines() if line.startswith("??")}
    assert added == {"src/ml/members/bagging.py", "reports/metrics/bagging.json"}

    # Without a vote it changes no probability; the model checks take it as they take the others.
    probe = (
        "import pandas as pd; from pathlib import Path; from src.artifacts.load import load_model;"
        "from src.core.names import FEATURE_NAMES; from src.ml.ensemble import ProductionEnsemble;"
        "e = load_model(Path(), Path('models/production/production_ensemble.pkl'), ProductionEnsemble);"
        "x = pd.read_parquet('data/features/features.parquet')[list(FEATURE_NAMES)];"
        "p = e.predict_proba(x); del e.members['bagging'], e.weights['bagging'];"
        "assert (p == e.predict_proba(x)).all(); print(sorted(e.members))"
    )
    result = run(tree, sys.executable, "-c", probe)
    assert result.stdout.strip() == "['lightgbm', 'random_forest', 'xgboost']", result.stderr
    assert "members: 4 loaded" in dev_check(tree, "ml-models", "--dry-run").stdout

    # Without the command the stages refuse what is left of it, and say what to do.
    git(tree, "checkout", "-q", "--", "params.yaml")
    refused = run(tree, sys.executable, "-m", "dvc", "repro")
    assert refused.returncode != 0
    assert "which is no member in params.yaml; run `make remove-member NAME=bagging`" in refused.stderr

    assert dev_check(tree, "remove-member", "bagging").returncode == 0
    dvc(tree, "repro")
    assert git(tree, "status", "--porcelain", "-uall") == ""
    assert not [
        path for path in tree.rglob("*bagging*") if ".git" not in path.parts and "__pycache__" not in path.parts
    ]
    assert {path: path.read_bytes() for path in (tree / "models").rglob("*.pkl")} == before
