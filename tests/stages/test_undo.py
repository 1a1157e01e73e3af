"""After a failed run the message says how what the stage made before comes back, and that command does it."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.conftest import run
from tests.releases import git, replace

PICKLE = "models/production/production_ensemble.pkl"
METADATA = ["models/production/production_model_metadata.json", "models/training/training_metadata.json"]
FAILURES = [
    ("ensemble", "    random_forest: 0.2", "    random_forest: -1.0", [PICKLE]),
    ("evaluate", "  fee: 0.0012", "  fee: 2.0", ["reports/metrics/ensemble.json", "reports/plots/roc.csv"]),
    ("metadata", "  roc_auc_above: 0.5", "  roc_auc_above: 5.0", METADATA),
    ("train_each@xgboost", "    min_child_weight: 15", "    min_child_wait: 15", ["models/training/xgboost_model.pkl"]),
]


@pytest.mark.parametrize(("stage", "old", "new", "gone"), FAILURES, ids=[stage for stage, *_ in FAILURES])
def test_the_sentence_names_the_command_that_brings_it_back(
    stage: str, old: str, new: str, gone: list[str], tree: Path
) -> None:
    before = {name: (tree / name).read_bytes() for name in gone}
    beside = tree / "models/production/README.md"
    written = beside.read_bytes() + b"not committed yet\n"
    beside.write_bytes(written)
    replace(tree / "params.yaml", old, new)
    failed = run(tree, sys.executable, "-m", "dvc", "repro", "--single-item", stage)
    assert failed.returncode != 0
    sentence = next(line for line in failed.stderr.splitlines() if line.startswith("error: "))
    # DVC removed them before the stage ran.
    assert not [name for name in gone if (tree / name).exists()]
    command = shlex.split(re.search(r"comes back with `([^`]+)`", sentence)[1])
    undone = run(tree, *([sys.executable, "-m", *command] if command[0] == "dvc" else command))
    assert undone.returncode == 0, undone.stderr
    assert {name: (tree / name).read_bytes() for name in gone} == before
    assert beside.read_bytes() == written
    git(tree, "checkout", "-q", "--", "params.yaml", beside.relative_to(tree).as_posix())
    assert git(tree, "status", "--porcelain") == ""
