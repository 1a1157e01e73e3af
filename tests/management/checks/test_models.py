import json
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.paths import PRODUCTION_METADATA, TRAINING_METADATA
from src.management.checks.artifacts import artifact_paths, check_bytes
from src.management.checks.models import check_models
from src.management.checks.result import CheckResult, timed
from src.management.results import results_table
from src.ml.ensemble import ProductionEnsemble


def test_a_good_tree_passes(short_pipeline: Path) -> None:
    verdict = check_models(short_pipeline)
    assert verdict.problems == []
    assert "members: 3 loaded" in verdict.notes[1]


def test_every_artifact_of_the_contract_is_proven(short_pipeline: Path) -> None:
    assert {path.name for path in artifact_paths(short_pipeline)} == {
        "lightgbm_model.pkl", "xgboost_model.pkl", "random_forest_model.pkl", "training_metadata.json",
        "production_ensemble.pkl", "production_model_metadata.json", "model_metadata.json",
    }  # fmt: skip
    assert len(check_bytes(short_pipeline).notes) == 7


@pytest.mark.parametrize(
    ("path", "change", "key"),
    [
        (PRODUCTION_METADATA, {"model_weights": {"lightgbm": 0.9}}, "model_weights"),
        (PRODUCTION_METADATA, {"feature_names": ["close"]}, "feature_names"),
        (PRODUCTION_METADATA, {"individual_models": ["lightgbm"]}, "individual_models"),
        (PRODUCTION_METADATA, {"model_type": "Pipeline"}, "model_type"),
        (TRAINING_METADATA, {"individual_models": {"lightgbm": {}}}, "individual_models of the training metadata"),
    ],
)
def test_metadata_that_disagrees_is_named(tree: Path, path: Path, change: dict[str, object], key: str) -> None:
    """Metadata rewritten together with its md5 in dvc.lock still has to agree with the ensemble."""
    from src.core.files import md5_of

    path = tree / path
    old, size = md5_of(path), path.stat().st_size
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    lock = (
        (tree / "dvc.lock")
        .read_text()
        .replace(old, md5_of(path))
        .replace(f"size: {size}", f"size: {path.stat().st_size}")
    )
    (tree / "dvc.lock").write_text(lock)
    (problem,) = check_models(tree).problems
    assert f"disagrees with the ensemble on {key};" in problem


def test_a_vote_that_is_not_the_weighted_mean_is_found(short_pipeline: Path, monkeypatch) -> None:
    honest = ProductionEnsemble.predict_proba
    monkeypatch.setattr(ProductionEnsemble, "predict_proba", lambda self, rows: honest(self, rows) * (1 + 1e-12))
    (problem,) = check_models(short_pipeline).problems
    assert "not the weighted mean" in problem


def test_a_user_error_is_a_problem_not_a_crash() -> None:
    def check() -> CheckResult:
        raise UserError("params.yaml is missing")

    assert timed(check).problems == ["params.yaml is missing"]


def test_the_table_labels_every_figure(short_pipeline: Path) -> None:
    table = results_table(short_pipeline)
    headings = [str(column.header) for column in table.columns[1:]]
    assert all(heading.startswith(("walk-forward", "train")) for heading in headings)
    assert [str(cell) for cell in table.columns[0].cells][:4] == ["lightgbm", "xgboost", "random_forest", "ensemble"]


@pytest.mark.parametrize("name", ["ensemble", "baselines"])
def test_a_missing_metrics_file_is_one_sentence(tree: Path, name: str) -> None:
    (tree / f"reports/metrics/{name}.json").unlink()
    with pytest.raises(UserError, match=r"reports/metrics was altered: md5 \w+, dvc.lock says \w+"):
        results_table(tree)
