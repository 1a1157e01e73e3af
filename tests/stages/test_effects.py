"""A change has just its effects: which stages really run after it, and which must not."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from src.core.yaml_files import read_yaml
from src.evaluation.picture import LIGHT
from src.metadata.facts import PIPELINE
from tests.conftest import ROOT, run
from tests.releases import replace
from tests.stages.trees import copied, dvc, ran, restore, set_param

MEMBERS = {f"train_each@{name}" for name in read_yaml(ROOT / "params.yaml")["members"]}
JUDGED = {"evaluate", "metadata"}
VOTED = {"ensemble", "export", *JUDGED}
BUILT = {"features", "baselines"} | MEMBERS | VOTED
PARAMS: list[tuple[str, Any, set[str]]] = [
    ("ingest.days", 59, {"ingest"} | BUILT),
    ("features.warmup", 300, BUILT),
    ("target.threshold", 0.002, BUILT),
    ("evaluation.fee", 0.0013, JUDGED),
    ("evaluation.slippage", 0.0006, JUDGED),
    ("evaluation.trials", 173, JUDGED),
    ("ensemble.weights.lightgbm", 0.7, VOTED),
    ("ensemble.threshold", 0.3, VOTED),
    ("gates.log_loss_skill_above", -1.0, {"metadata"}),
    ("gates.direction_auc_below", 0.7, {"metadata"}),
    ("gates.skill_over_volatility_below", 0.5, {"metadata"}),
    ("gates.net_return_above", -0.5, {"metadata"}),
    ("gates.may_fall.roc_auc", 0.1, {"metadata"}),
    *[
        (f"members.{name}.random_state", 7, {f"train_each@{name}"} | VOTED)
        for name in ("lightgbm", "xgboost", "random_forest")
    ],
    # The folds change probabilities, but no member that is trained on every row.
    ("validation.folds", 4, {"baselines"} | MEMBERS | JUDGED),
]
# A comment changes no output: what lists the module runs, and nothing after it.
COMMENTED: list[tuple[str, set[str]]] = [
    ("src/evaluation/plots.py", JUDGED),
    ("src/validation/shuffling.py", MEMBERS | {"metadata"}),
    ("src/baselines/models.py", {"baselines", "metadata"}),
    ("src/metadata/gates.py", {"metadata"}),
    ("src/ml/members/xgboost.py", {"train_each@xgboost", "baselines", "ensemble", "export", "metadata"}),
]


@pytest.fixture(scope="module")
def changing(short_pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the short pipeline for every row of the table."""
    return copied(short_pipeline, tmp_path_factory.mktemp("effects") / "tree")


@pytest.fixture
def root(changing: Path) -> Iterator[Path]:
    """It, as it was committed."""
    assert ran(changing) == set()
    yield changing
    restore(changing)


@pytest.mark.drill
@pytest.mark.parametrize(("key", "value", "stages"), PARAMS, ids=[key for key, _, _ in PARAMS])
def test_a_param_runs_what_reads_it_and_what_follows(key: str, value: Any, stages: set[str], root: Path) -> None:
    set_param(root, key, value)
    assert ran(root, "--no-run-cache") == stages


@pytest.mark.drill
def test_a_colour_runs_the_evaluation(root: Path) -> None:
    replace(root / "src/evaluation/picture.py", f'"ensemble": "{LIGHT["ensemble"]}"', '"ensemble": "#1f5f00"')
    assert ran(root, "--no-run-cache") == JUDGED


@pytest.mark.drill
@pytest.mark.parametrize(("path", "stages"), COMMENTED, ids=[path for path, _ in COMMENTED])
def test_code_runs_what_lists_it(path: str, stages: set[str], root: Path) -> None:
    with (root / path).open("a", encoding="utf-8") as file:
        file.write("# A comment.\n")
    assert ran(root, "--no-run-cache") == stages


def test_a_change_around_the_pipeline_runs_nothing(tree: Path) -> None:
    """Every module that no stage loads, and all that is no module of src."""
    around = [path for path in (tree / "src").rglob("*.py") if path.parts[len(tree.parts) + 1] not in PIPELINE]
    rooms = {path.relative_to(tree).parts[1] for path in around}
    assert {"management", "proof", "repository", "review", "rollout", "snapshot", "store"} <= rooms
    elsewhere = ("scripts", "tests", "benchmarks")
    around += [path for folder in elsewhere for path in (tree / folder).rglob("*.py")]
    around += [*(tree / "docs").iterdir(), tree / "README.md", tree / "Makefile", tree / "pyproject.toml"]
    for path in around:
        path.write_text(path.read_text(encoding="utf-8") + "\n# A comment.\n", encoding="utf-8")
    (tree / "src/core/__pycache__").mkdir(exist_ok=True)
    (tree / "src/core/__pycache__/left.cpython-311.pyc").write_bytes(b"left over")
    assert dvc(tree, "status", "--json").strip() == "{}"
    # Seen to be noticed: the same change to a module that every stage loads.
    replace(tree / "src/core/errors.py", "class UserError", "# A comment.\nclass UserError")
    changed = run(tree, sys.executable, "-m", "dvc", "status", "--json").stdout
    for stage in ("ingest", "features", "baselines", "ensemble", "evaluate", "metadata", *MEMBERS):
        assert f'"{stage}"' in changed, stage
