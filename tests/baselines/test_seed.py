"""The seed's scores are those of its training rows: reproduced with its settings, beside their walk-forward scores."""

from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from src.baselines.seed import SEED_SETTINGS
from src.candles.period import select_period
from src.core.params import read_params
from src.evaluation.metrics import metrics_documents
from src.features.build import build_feature_table
from src.ml.base.registry import make_member, read_member_settings
from src.validation.params import ValidationParams
from src.validation.walk_forward import walk_forward
from tests.conftest import HOUR, ROOT


@pytest.fixture
def overridden(tmp_path: Path) -> Path:
    """A folder whose params.yaml is what `make seed-experiment` runs with."""
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    lines = (ROOT / "experiments/seed.txt").read_text(encoding="utf-8").splitlines()
    apply_overrides(str(tmp_path / "params.yaml"), lines)
    return tmp_path


def test_the_experiment_sets_the_seed_s_settings(overridden: Path) -> None:
    assert {name: read_member_settings(overridden, name) for name in SEED_SETTINGS} == SEED_SETTINGS
    assert read_params(overridden)["ingest"]["days"] == 180


@pytest.mark.parametrize(("name", "claimed"), [("lightgbm", 0.952), ("xgboost", 0.997), ("random_forest", 0.821)])
def test_the_seed_s_f1_is_that_of_its_training_rows(snapshot, overridden: Path, name: str, claimed: float) -> None:
    candles = select_period(snapshot, HOUR, 180, None)
    table, _ = build_feature_table(candles, HOUR, 400, 1, 0.003)
    folds = ValidationParams(folds=2).split(table.timestamp, 1)
    settings = read_member_settings(overridden, name)
    result = walk_forward(lambda: make_member(name, settings), table, folds)
    metrics = metrics_documents({name: result.out_of_fold}, {name: result.in_sample}, 0.5)[name]
    assert metrics["train"]["f1_weighted"] == pytest.approx(claimed, abs=0.05)
    assert metrics["walk_forward"]["f1_weighted"] < 0.75
    assert metrics["walk_forward"]["log_loss_skill"] < 0
