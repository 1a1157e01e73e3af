"""What is out of date, and what a run would do: named stage by stage, what follows included."""

from pathlib import Path

import pytest

from src.core.paths import ENSEMBLE, FEATURES
from src.repository.out_of_date import describe_changes, dvc_status, out_of_date, would_run
from tests.conftest import run
from tests.releases import replace


def test_reasons_are_one_line_a_stage() -> None:
    status = {
        "train_each@xgboost": [
            {"changed deps": {"params.yaml": {"members.xgboost": "modified"}, "src/core/errors.py": "modified"}},
            {"changed outs": {"models/training/xgboost_model.pkl": "deleted"}},
            "changed command",
        ]
    }
    assert describe_changes(status) == [
        "train_each@xgboost: members.xgboost modified, src/core/errors.py modified, "
        "models/training/xgboost_model.pkl deleted, changed command"
    ]
    assert describe_changes({}) == []


def test_what_reads_from_a_changed_stage_may_run_too(tree: Path) -> None:
    assert would_run(tree, dvc_status(tree)) == []
    replace(tree / "params.yaml", "threshold: 0.003", "threshold: 0.004")
    assert would_run(tree, {"features": ["changed command"]}) == [
        "would run: features: changed command",
        "and, if what they read comes out different: baselines, train_each@lightgbm, train_each@random_forest, "
        "train_each@xgboost, ensemble, evaluate, export, metadata",
    ]
    changed = dvc_status(tree)
    members = {"train_each@lightgbm", "train_each@random_forest", "train_each@xgboost"}
    assert set(changed) == {"features", "baselines", "evaluate", "export", "metadata"} | members
    assert len(would_run(tree, changed)) == 9


def test_files_that_are_merely_not_here_are_one_sentence(tree: Path) -> None:
    for path in (FEATURES, ENSEMBLE):
        (tree / path).unlink()
    assert out_of_date(tree) == [f"2 outputs are not here (the first: {FEATURES}); run `make pull` or `make repro`."]
    replace(tree / "params.yaml", "fee: 0.0012", "fee: 0.0013")
    assert len(out_of_date(tree)) > 1
    assert all(line.startswith("out of date: ") for line in out_of_date(tree))


@pytest.mark.slow
def test_a_dry_run_names_what_days_would_change_and_runs_nothing(tree: Path) -> None:
    before = (tree / "params.yaml").read_bytes()
    result = run(tree, "python", "scripts/ml/create_ml_models.py", "--dry-run", "--days", "30")
    assert result.returncode == 0, result.stderr
    first, second = result.stdout.splitlines()
    assert first == "would run: ingest: ingest.days becomes 30 in params.yaml"
    assert second.startswith("and, if what they read comes out different: features, baselines, train_each@lightgbm")
    assert (tree / "params.yaml").read_bytes() == before
