"""Wrong settings: each is one sentence that names its key, before DVC runs."""

import os
from pathlib import Path

import pytest
import yaml

from src.core.errors import UserError
from src.core.yaml_files import compose, walk
from src.management.checks.settings import check_params
from tests.conftest import ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
PATH = "data/snapshots/coinbase_btcusd_1h.csv.gz"
HUGE = "1" + "0" * 30
NUMBERS = {
    "ingest": "days exchange.timeout exchange.attempts exchange.first_wait",
    "ingest.policies": "zero_volume_share outlier_jump volume_jump gap_share coverage",
    "features": "warmup",
    "target": "horizon threshold",
    "validation": "folds embargo",
    "members.lightgbm": "half_life n_estimators",
    "members.xgboost": "learning_rate max_depth",
    "members.random_forest": "random_state max_samples",
    "ensemble": "weights.xgboost threshold",
    "evaluation": "fee slippage trials",
    "gates": "log_loss_skill_above roc_auc_above direction_auc_below skill_over_volatility_below may_fall.roc_auc",
}
WRONG_NUMBERS = [
    (f"{section}.{key}", value)
    for section, keys in NUMBERS.items()
    for key in keys.split(" ")
    for value in (".inf", ".nan", HUGE, f"-{HUGE}", '"x"')
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes(b"")
    return tmp_path


def refusal(root: Path, key: str, value: str) -> str:
    """What is said of params.yaml with ``value`` at ``key``; empty when nothing is."""
    node = next(node for keys, node in walk(compose(TEXT, "params.yaml")) if ".".join(keys) == key)
    end = node.end_mark.index if isinstance(node, yaml.ScalarNode) or node.flow_style else None
    assert end is not None, f"{key} is a block"
    (root / "params.yaml").write_text(TEXT[: node.start_mark.index] + value + TEXT[end:], encoding="utf-8")
    try:
        check_params(root)
    except UserError as error:
        return str(error)
    return ""


def test_the_bundled_settings_are_legal(root: Path) -> None:
    assert refusal(root, "features.warmup", "400") == ""


def test_wrong_numbers_are_named(root: Path) -> None:
    for key, value in WRONG_NUMBERS:
        said = refusal(root, key, value)
        name = key.rsplit(".", 1)[-1]
        assert name in said, (key, value, said)
        assert "\n" not in said
        assert len(said) < 600


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("ingest.path", "null", "`ingest.path`: Input should be a valid string"),
        ("ingest.path", "remote://gcs/x.csv", "URLs go into `ingest.files`"),
        ("ingest.path", "https://example.org/x.csv", "URLs go into `ingest.files`"),
        ("ingest.path", '""', "`ingest.path`: String should have at least 1 character"),
        ("ingest.path", "5", "`ingest.path`: Input should be a valid string"),
        ("ingest.path", "/dev/zero", "'/dev/zero' is neither a file nor a folder"),
        ("ingest.path", "nothing.csv", "'nothing.csv' is missing"),
        ("ingest.path", "z" * 3000, "`ingest.path`: String should have at most 1000 characters"),
        ("ingest.path", "z" * 300, "cannot be looked at: File name too long"),
        ("ingest.path", ".", "holds what the pipeline writes"),
        ("ingest.path", "/", "holds what the pipeline writes"),
        ("ingest.path", "data", "holds what the pipeline writes"),
        ("ingest.exchange.settings", "{a: {b: [1, .nan]}}", "`a.b.1` must be a finite number"),
        ("ingest.exchange.settings", "[]", "must be a block of keys"),
        ("members.lightgbm.rising", "volume_ratio", "rising must be a list, as [volume_ratio], not 'volume_ratio'"),
        ("members.lightgbm.rising", "null", "rising must be a list"),
        ("members.lightgbm.rising", "[[1]]", "rising: [1] is not an input"),
        ("members.xgboost.max_depth", "5\n    self: 1", "self is not a setting of this member"),
        ("validation.folds", "10000000000000", "`validation.folds`: Input should be less than or equal to 1000"),
        ("members.xgboost.random_state", "4294967296", "random_state must be a whole number from 0 to 4294967295"),
        ("members.xgboost.random_state", "true", "random_state must be a whole number"),
        ("ensemble.threshold", "0.5\nextra: 1", "`extra` is not a section"),
        ("ingest.files", "['':]", "cannot be read by DVC"),
    ],
)
def test_a_wrong_setting_is_one_sentence(root: Path, key: str, value: str, sentence: str) -> None:
    (root / "data/raw").mkdir(parents=True)
    said = refusal(root, key, value)
    assert sentence in said
    assert "\n" not in said


def test_a_fifo_as_path_does_not_hang(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert "neither a file nor a folder" in refusal(root, "ingest.path", "pipe")
