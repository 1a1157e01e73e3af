"""Another value in params.yaml, undone when the pipeline fails with it."""

import hashlib
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.management.rerun import rerun_with
from tests.conftest import run
from tests.releases import git

FOLDERS = ("data/raw", "data/features", "models", "reports")


def contents(root: Path) -> dict[str, str]:
    """The md5 of params.yaml, dvc.lock and every file that the pipeline writes."""
    files = [root / "params.yaml", root / "dvc.lock"]
    files += [file for folder in FOLDERS for file in (root / folder).rglob("*") if file.is_file()]
    return {str(file.relative_to(root)): hashlib.md5(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.slow
def test_a_failed_run_leaves_everything_as_it_was(tree: Path) -> None:
    before = contents(tree)
    # 120 candles are fewer than the warm-up: ingest succeeds, features fails.
    with pytest.raises(UserError, match=r"the pipeline failed, .*; params\.yaml and the results are as they were"):
        rerun_with(tree, "days", "5")
    assert contents(tree) == before
    assert git(tree, "status", "--porcelain") == ""


@pytest.mark.drill
def test_without_a_cache_it_says_what_makes_the_results_again(tree: Path) -> None:
    run(tree, "rm", "-rf", ".dvc/cache")
    lock = (tree / "dvc.lock").read_bytes()
    with pytest.raises(UserError, match=r"params\.yaml is as it was; `make repro` makes the results again"):
        rerun_with(tree, "days", "5")
    assert (tree / "dvc.lock").read_bytes() == lock
    assert git(tree, "status", "--porcelain") == ""
