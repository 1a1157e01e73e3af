"""What `dvc repro` gives after a change of one key is what a run from nothing gives, dvc.lock included.

A stage that records a fact which is not among its deps and params would keep a stale one. The drill changes a tenth of
the keys; with EVERY_KEY=1 in the environment it changes each in turn (about 20 s a key).
"""

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.artifacts.lock import locked_outputs
from src.core.yaml_files import read_yaml
from tests.conftest import ROOT, SNAPSHOT
from tests.releases import git, replace
from tests.stages.trees import copied, dvc, set_param

DAYS = 84  # 2,016 candles
FILE = SNAPSHOT.relative_to(ROOT).as_posix()
COLUMNS = {name: name for name in ("timestamp", "open", "high", "low", "close", "volume")}
TREES = {"inputs": "raw", "rising": ["rsi_14"], "half_life": 900, "random_state": 7}
BOOSTED = {"n_estimators": 8, "learning_rate": 0.1, "max_depth": 3, "subsample": 0.9}
# Another legal value for each key of params.yaml, where the tree's `ingest.source` is csv.
OTHER: dict[str, dict[str, Any]] = {
    "ingest": {"source": "snapshot", "path": "data/other.csv.gz", "shape": "contract", "columns": COLUMNS}
    | {"files": [{"path": FILE, "sha256": hashlib.sha256(SNAPSHOT.read_bytes()).hexdigest()}], "timezone": "UTC"}
    | {"timeframe": "2h", "days": DAYS - 1, "end": "2019-10-01T00:00:00Z"},
    "ingest.exchange": {"id": "kraken", "symbol": "BTC/USD", "timeout": 21.0, "attempts": 7, "first_wait": 2.0}
    | {"settings": {"rateLimit": 1}},
    "ingest.policies": {"duplicates": "refuse", "unsorted": "refuse", "off_grid": "drop", "mixed_timeframes": "keep"}
    | {"future": "keep", "stale": "keep", "zero_volume": "drop", "zero_volume_share": 0.02, "outliers": "keep"}
    | {"outlier_jump": 0.6, "volume_jump": 60.0, "longest_gap": "2d", "gap_share": 0.03, "coverage": 0.6},
    "features": {"warmup": 300},
    "target": {"horizon": 2, "threshold": 0.002},
    # `window` and `train_rows` only together.
    "validation": {"folds": 4, "blocks": "month", "window": "rolling", "train_rows": 100, "embargo": 3},
    "members.lightgbm": TREES
    | BOOSTED
    | {"num_leaves": 5, "min_child_samples": 30, "subsample_freq": 2, "colsample_bytree": 0.5, "path_smooth": 5},
    "members.xgboost": TREES | BOOSTED | {"min_child_weight": 3, "colsample_bynode": 0.8},
    "members.random_forest": TREES
    | {"n_estimators": 8, "max_depth": 4, "min_samples_leaf": 10, "max_samples": 0.5, "max_features": 0.5},
    "ensemble": {"threshold": 0.3},
    "ensemble.weights": {"lightgbm": 0.7, "xgboost": 0.1, "random_forest": 0.0},
    "evaluation": {"fee": 0.0013, "slippage": 0.0006, "trials": 173},
    "gates": {"log_loss_skill_above": -1.0, "roc_auc_above": 0.4, "direction_auc_below": 0.9}
    | {"skill_over_volatility_below": 0.5, "net_return_above": -0.5},
    "gates.may_fall": {"log_loss_skill": 0.1, "roc_auc": 0.1, "f1_weighted": 0.1},
    "evaluation.sizing": {"volatility": 0.3, "cap": 0.9, "band": 0.2},
    # Read where the set is `wide`; elsewhere a change of them changes nothing.
    "features.": {"set": "wide", "wide_warmup": 350},
    "members.lightgbm.direction": {"n_estimators": 9, "max_depth": 2, "num_leaves": 4, "min_child_samples": 40}
    | {"colsample_bytree": 0.6, "path_smooth": 3, "reg_lambda": 2.0},
    "members.xgboost.direction": {"n_estimators": 9, "max_depth": 2, "min_child_weight": 4, "subsample": 0.7}
    | {"colsample_bynode": 0.7, "reg_lambda": 2.0},
    "members.random_forest.direction": {
        "max_depth": 3,
        "min_samples_leaf": 12,
        "max_samples": 0.6,
        "max_features": 0.4,
    },
}
KEYS = {f"{section.rstrip('.')}.{name}": value for section, values in OTHER.items() for name, value in values.items()}
# What such a change needs beside it.
TOGETHER: dict[str, dict[str, Any]] = {
    # The constraints name relative inputs.
    **{f"members.{name}.inputs": {f"members.{name}.rising": []} for name in ("lightgbm", "xgboost", "random_forest")},
    # It is refused beside times that name their zone.
    "ingest.timezone": {"ingest.path": "data/naive.csv.gz"},
    "validation.window": {"validation.train_rows": 100},
    "validation.train_rows": {"validation.window": "rolling"},
    # Two whole months to test, one to train on, and the newest.
    "validation.blocks": {"ingest.days": 120, "validation.folds": 2},
}
# The key whose change kept a stale md5 in the metadata, and every tenth.
TENTH = ["evaluation.fee", *list(KEYS)[::10]]


def leaves(node: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def test_every_key_of_the_params_has_another_value_here() -> None:
    assert sorted(KEYS) == sorted(leaves(read_yaml(ROOT / "params.yaml")))


@pytest.fixture(scope="module")
def base(short_pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The short pipeline on 2,016 candles of a csv file, with a quick seed baseline. Read only."""
    root = copied(short_pipeline, tmp_path_factory.mktemp("base") / "tree")
    shutil.copy(root / FILE, root / "data/other.csv.gz")
    text = gzip.decompress((root / FILE).read_bytes())
    (root / "data/naive.csv.gz").write_bytes(gzip.compress(text.replace(b"Z,", b","), mtime=0))
    set_param(root, "ingest.source", "csv")
    set_param(root, "ingest.days", DAYS)
    set_param(root, "validation.folds", 3)
    replace(root / "src/baselines/seed.py", '"n_estimators": 200', '"n_estimators": 5')
    dvc(root, "repro")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Base")
    return root


def made(root: Path) -> tuple[dict[str, str], Any]:
    """The md5 of every output, read from its bytes, and dvc.lock."""
    outputs = {
        path.as_posix(): hashlib.md5(output.read(root), usedforsecurity=False).hexdigest()
        for path, output in locked_outputs(root).items()
    }
    return outputs, read_yaml(root / "dvc.lock")


@pytest.mark.drill
@pytest.mark.parametrize("key", list(KEYS) if os.environ.get("EVERY_KEY") else TENTH)
def test_a_change_gives_what_a_run_from_nothing_gives(key: str, base: Path, tmp_path: Path) -> None:
    ways = {("repro",): tmp_path / "changed", ("repro", "--force", "--no-run-cache"): tmp_path / "nothing"}
    before = made(base)
    for command, target in ways.items():
        root = copied(base, target)
        for name, value in ({key: KEYS[key]} | TOGETHER.get(key, {})).items():
            set_param(root, name, value)
        dvc(root, *command)
    changed, nothing = (made(root) for root in ways.values())
    assert changed == nothing
    assert changed[1] != before[1]
    for root in ways.values():
        shutil.rmtree(root)
