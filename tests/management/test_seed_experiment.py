"""The seed's settings as a DVC experiment: told where DVC cannot run one, and the tree stays as it is."""

from pathlib import Path

import pytest

from src.management.seed_experiment import NAME, not_ascii
from tests.conftest import dev_check
from tests.releases import git


def test_characters_that_dvc_cannot_copy_are_named_before_anything_runs(tree: Path) -> None:
    git(tree, "config", "--unset-all", "remote.origin.url")
    assert list(not_ascii(tree)) == []
    git(tree, "config", "user.name", "山田太郎")
    result = dev_check(tree, "seed-experiment")
    assert result.returncode == 1
    assert result.stderr == (
        "error: .git/config has non-ASCII characters, which DVC cannot copy for an experiment; "
        "clone the repository from and into a path without them.\n"
    )
    (tree / ".dvc/config.local").write_text("# バケツ\n")
    moved = tree.rename(tree.parent / "売買")
    assert list(not_ascii(moved)) == [f"the path {moved}", ".git/config", ".dvc/config.local"]
    moved.rename(tree)


@pytest.mark.drill
def test_the_experiment_shows_both_and_leaves_the_tree(tree: Path) -> None:
    git(tree, "config", "--unset-all", "remote.origin.url")
    head = git(tree, "rev-parse", "HEAD")
    result = dev_check(tree, "seed-experiment")
    assert result.returncode == 0, result.stdout + result.stderr
    rows = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("│") and "0." in line]
    assert rows == ["HEAD"] * 4 + [NAME] * 4
    assert git(tree, "rev-parse", "HEAD") == head
    assert git(tree, "status", "--porcelain") == ""
