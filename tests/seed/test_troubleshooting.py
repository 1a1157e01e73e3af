"""Each trouble the seed describes is provoked, and its remedy followed to success."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import dev_check, environment, run

pytestmark = pytest.mark.seed_commands

ENSEMBLE = Path("models/production/production_ensemble.pkl")
METADATA = Path("models/production/production_model_metadata.json")


def clean(root: Path) -> bool:
    return run(root, "git", "status", "--porcelain").stdout == ""


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param("missing", marks=pytest.mark.drill),
        "truncated",
        pytest.param("altered", marks=pytest.mark.drill),
        pytest.param("altered in the cache too", marks=pytest.mark.drill),
    ],
)
def test_a_broken_pickle_is_found_and_made_again(tree: Path, trouble: str) -> None:
    path = tree / ENSEMBLE
    content = path.read_bytes()
    path.unlink()
    if trouble == "truncated":
        path.write_bytes(content[:1000])
    elif trouble != "missing":
        path.write_bytes(content[:-1] + b"?")
    if trouble == "altered in the cache too":
        md5 = next(line.split()[1] for line in (tree / "dvc.lock").read_text().split(str(ENSEMBLE))[1].splitlines() if
                   "md5:" in line)  # fmt: skip
        cached = tree / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
        cached.chmod(0o644)
        cached.write_bytes(path.read_bytes())
        cached.chmod(0o444)
    found = dev_check(tree, "ml-models", "--dry-run")
    assert found.returncode == 1
    assert (
        f"{ENSEMBLE} is missing" in found.stdout
        or f"{ENSEMBLE} was altered" in found.stdout
        or (trouble == "truncated" and "is truncated: 1000 of" in found.stdout)
    )
    assert "would run: ensemble" in found.stdout
    assert dev_check(tree, "status").returncode == 1
    repaired = dev_check(tree, "ml-models")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert path.read_bytes() == content
    assert clean(tree)


def test_a_wrong_feature_count_is_named_and_the_data_checked(tree: Path) -> None:
    program = f"import pickle, numpy; pickle.load(open('{ENSEMBLE}', 'rb')).predict(numpy.ones((5, 10)))"
    result = run(tree, sys.executable, "-c", program)
    assert "特徴量数不一致: 10 != 12" in result.stderr
    assert dev_check(tree, "data-check").returncode == 0
    # A feature table of other content than the code computes is found by the same command.
    (tree / "data/features/features.parquet").write_bytes(b"PAR1")
    broken = dev_check(tree, "data-check")
    assert broken.returncode == 1
    assert "features.parquet is truncated: 4 of" in broken.stdout
    assert dev_check(tree, "ml-models").returncode == 0
    assert dev_check(tree, "data-check").returncode == 0


def test_a_wrong_directory_has_no_src_and_the_root_has(tree: Path, tmp_path: Path) -> None:
    program = "from src.features.technical import TechnicalIndicators"
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, text=True, capture_output=True, check=False, env=environment()
    )
    assert "No module named 'src'" in elsewhere.stderr
    assert run(tree, sys.executable, "-c", program).returncode == 0
    assert dev_check(tree, "ml-models", "--dry-run", cwd=tmp_path).returncode == 0


def test_broken_metadata_is_found_and_made_again(tree: Path) -> None:
    content = (tree / METADATA).read_bytes()
    (tree / METADATA).write_text('{"status": ')
    found = dev_check(tree, "status")
    assert found.returncode == 1
    assert f"{METADATA} is truncated: 11 of {len(content)} bytes" in found.stdout
    result = run(tree, sys.executable, "scripts/ml/create_ml_models.py", "--verbose")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tree / METADATA).read_bytes() == content
    assert json.loads(content)["model_type"] == "ProductionEnsemble"
    assert clean(tree)


def test_dry_run_and_status_pass_on_a_dirty_tree(tree: Path) -> None:
    text = (tree / "params.yaml").read_text(encoding="utf-8")
    (tree / "params.yaml").write_text(text.replace("learning_rate: 0.03", "learning_rate: 0.04"), encoding="utf-8")
    dry = dev_check(tree, "ml-models", "--dry-run")
    assert dry.returncode == 0
    assert "would run: train_each@lightgbm: members.lightgbm modified" in dry.stdout
    status = dev_check(tree, "status")
    assert status.returncode == 0
    assert "1 changed file" in status.stdout
    assert (tree / "params.yaml").read_text(encoding="utf-8") != text
