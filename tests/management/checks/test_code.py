"""What full-check says of the test suite."""

from pathlib import Path

from src.management.checks.code import run_tests
from tests.conftest import ROOT


def suite(root: Path, *lines: str) -> Path:
    (root / "tests").mkdir()
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (root / "tests/test_some.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def test_a_failed_test_is_named_beside_many_that_were_skipped(tmp_path: Path) -> None:
    skipped = [f"def test_later_{n}():\n    pytest.skip('not today')" for n in range(70)]
    root = suite(tmp_path, "import pytest", "def test_sum():\n    assert 1 + 1 == 3", *skipped)
    (problem,) = run_tests(root).problems
    assert "FAILED tests/test_some.py::test_sum - assert (1 + 1) == 3" in problem
    assert "1 failed, 70 skipped" in problem


def test_a_suite_that_passes_is_counted_and_what_was_left_out_is_told(tmp_path: Path) -> None:
    verdict = run_tests(suite(tmp_path, "def test_sum():\n    assert 1 + 1 == 2"))
    assert not verdict.problems
    assert verdict.notes[0].startswith("1 passed")
    assert sum(note.startswith("left out: tests marked") for note in verdict.notes) == 3
