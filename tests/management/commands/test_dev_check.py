import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, dev_check, run

HELP = ["scripts/management/dev_check.py", "scripts/ml/create_ml_models.py"]


@pytest.mark.parametrize("script", HELP)
def test_help_imports_nothing_heavy(script: str) -> None:
    result = run(ROOT, sys.executable, "-X", "importtime", script, "--help")
    assert result.returncode == 0
    imported = {line.split("|")[-1].strip() for line in result.stderr.splitlines() if "import time" in line}
    assert not imported & {"numpy", "pandas", "sklearn", "lightgbm", "xgboost", "dvc", "pandera"}


def test_status_imports_nothing_heavy(short_pipeline: Path) -> None:
    result = run(short_pipeline, sys.executable, "-X", "importtime", "scripts/management/dev_check.py", "status")
    assert result.returncode == 0
    assert "artifacts: proven" in result.stdout
    imported = {line.split("|")[-1].strip() for line in result.stderr.splitlines() if "import time" in line}
    assert not imported & {"pandas", "sklearn", "lightgbm", "xgboost", "dvc"}


def test_a_failing_check_exits_with_one(tree: Path) -> None:
    (tree / "data/raw/candles.parquet").unlink()
    result = dev_check(tree, "data-check")
    assert result.returncode == 1
    assert "data/raw/candles.parquet is missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_mode_is_refused() -> None:
    result = dev_check(ROOT, "validate", "--mode", "medium")
    assert result.returncode == 2
    assert "medium" in result.stderr


def test_a_python_without_the_packages_gets_one_sentence(tmp_path: Path) -> None:
    for script in HELP:
        result = run(tmp_path, sys.executable, "-S", str(ROOT / script), "status")
        assert result.returncode == 1
        assert (
            result.stderr.strip() == "error: this Python has no typer; run `make setup`, then `. .venv/bin/activate`."
        )
