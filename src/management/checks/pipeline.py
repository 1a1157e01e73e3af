"""Check that the pipeline's results belong to its code, params and data, and say what git sees."""

from pathlib import Path

from src.management.checks.result import CheckResult
from src.repository.out_of_date import out_of_date
from src.repository.programs import capture


def check_pipeline(root: Path) -> CheckResult:
    """`dvc status` is clean. A dirty git tree is reported, not failed."""
    verdict = CheckResult(problems=out_of_date(root))
    if verdict.passed:
        verdict.notes.append("every stage is up to date")
    verdict.notes.append(git_state(root))
    return verdict


def git_state(root: Path) -> str:
    """The commit, and how many files differ from it."""
    code, commit = capture(root, "git", "rev-parse", "--short", "HEAD")
    if code:
        return "not a git checkout"
    _, changed = capture(root, "git", "status", "--porcelain")
    number = len(changed.splitlines())
    return f"commit {commit}, " + ("clean tree" if number == 0 else f"{number} changed file{'s' if number > 1 else ''}")
