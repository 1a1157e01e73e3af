"""A figure and its standard error are written alike everywhere."""

import re

from src.evaluation.figures import auc, skill, with_error
from tests.conftest import ROOT

SCORES = {
    "log_loss_skill": 0.09053,
    "log_loss_skill_se": 0.02608,
    "roc_auc": 0.65429,
    "roc_auc_se": 0.02665,
    "roc_auc_direction": 0.5263,
    "roc_auc_direction_se": 0.00784,
}


def test_signs_and_digits() -> None:
    assert skill(SCORES) == "+0.0905 ± 0.0261"
    assert skill(SCORES, digits=3) == "+0.091 ± 0.026"
    assert auc(SCORES) == "0.654 ± 0.027"
    assert auc(SCORES, "roc_auc_direction") == "0.526 ± 0.008"
    assert with_error(-1.0985, 0.7173, 2, signed=True) == "-1.10 ± 0.72"


def test_zero_has_no_minus() -> None:
    assert with_error(-0.00001, 0.0, 4, signed=True) == "+0.0000 ± 0.0000"


def test_nobody_else_formats_them() -> None:
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py"), *(ROOT / "scripts").rglob("*.py")]
    found = [str(file.relative_to(ROOT)) for file in files if re.search(r"± \{", file.read_text(encoding="utf-8"))]
    # The report of a pull request shows both figures in full, whatever the metric.
    assert sorted(found) == ["src/evaluation/figures.py", "src/review/report.py"]
