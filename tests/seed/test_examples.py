"""The seed's examples run verbatim from the root of a copy of the repository."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment, run

pytestmark = pytest.mark.seed_commands

EXAMPLES = Path(__file__).with_name("examples.md").read_text(encoding="utf-8")
OHLCV = "import pandas\nohlcv_data = pandas.read_parquet('data/raw/candles.parquet')\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", EXAMPLES, re.DOTALL)


def commands_once() -> list[str]:
    """The shell blocks without the lines that a later block has too, so that each command runs once.

    So full-check runs after `--days 360` has changed params.yaml and every result.
    """
    later: set[str] = set()
    kept = []
    for block in reversed(blocks("bash")):
        lines = [line for line in block.splitlines() if line.split("#")[0].strip() not in later or '"' in line]
        later |= {line.split("#")[0].strip() for line in lines}
        kept.append("\n".join(lines))
    return kept[::-1]


@pytest.fixture(scope="module")
def root(short_pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("seed") / "bot"
    subprocess.run(["cp", "-r", str(short_pipeline), str(copy)], check=True)
    return copy


def test_the_list_is_whole() -> None:
    assert (len(blocks("python")), len(blocks("bash"))) == (3, 7)


def test_the_python_examples_run_one_after_the_other(root: Path) -> None:
    first, second, third = blocks("python")
    program = "\n".join([first, second, OHLCV, third, "print(len(predictions), probabilities.shape)"])
    result = subprocess.run(
        [sys.executable, "-"], cwd=root, input=program, text=True, capture_output=True, env=environment(), check=False
    )
    assert result.returncode == 0, result.stderr
    assert "モデルタイプ: ProductionEnsemble" in result.stdout
    assert "特徴量数: 12" in result.stdout
    assert result.stdout.strip().endswith("(5, 2)")
    # Neither scikit-learn nor the boosters complain about plain arrays.
    assert result.stderr == ""


@pytest.mark.parametrize("block", commands_once())
def test_the_shell_examples_run(root: Path, block: str) -> None:
    # full-check runs the suite that this test is of: here one folder of it, in the drill below all.
    few = environment(PYTEST_ADDOPTS="tests/features")
    result = subprocess.run(["bash", "-e"], cwd=root, input=block, text=True, capture_output=True, env=few, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr
    if "full-check" in block:
        assert "6 of 6 checks passed" in result.stdout
        assert "left out: tests marked seed_commands" in result.stdout
    if "--days 360" in block:
        params = (root / "params.yaml").read_text(encoding="utf-8")
        assert "  days: 360\n" in params
        assert "# Length of the period in days" in params


@pytest.mark.drill
def test_the_full_check_passes_after_other_days_were_trained_on(root: Path) -> None:
    assert run(root, sys.executable, "scripts/ml/create_ml_models.py", "--days", "90").returncode == 0
    # Another drill runs beside this one: one process each.
    one = {"PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}
    result = run(root, sys.executable, "scripts/management/dev_check.py", "full-check", **one)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "6 of 6 checks passed" in result.stdout


def test_the_commands_work_from_any_directory(root: Path, tmp_path: Path) -> None:
    for command in ("scripts/management/dev_check.py status", "scripts/ml/create_ml_models.py --dry-run"):
        script, argument = command.split()
        result = subprocess.run(
            [sys.executable, str(root / script), argument], cwd=tmp_path, text=True, capture_output=True, check=False,
            env=environment(),
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
    light = subprocess.run(
        ["bash", str(root / "scripts/quality/checks_light.sh")], cwd=tmp_path, text=True, capture_output=True,
        check=False, env=environment(VIRTUAL_ENV=sys.prefix),
    )  # fmt: skip
    assert "2 of 2 checks passed" in light.stdout, light.stdout + light.stderr
