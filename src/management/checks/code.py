"""Check the code: format, lint, types, layers and tests."""

from pathlib import Path

from src.management.checks.result import CheckResult
from src.repository.programs import capture, module

LAST_LINES = 60
# Markers, and why full-check leaves their tests out.
NOT_IN_FULL_CHECK = {
    "seed_commands": "they run this command; `make test` runs them",
    "slow": "they run whole pipelines or real storage in copies; `make test` runs them",
    "drill": "slow; `make drill` runs them",
}
ON_EVERY_CORE = ("--numprocesses", "auto", "--dist", "loadfile")
# So that the last lines tell which test failed and why.
FAILURES_LAST = ("--tb", "short", "--disable-warnings", "-rfE")


def check_code(root: Path) -> CheckResult:
    """ruff, mypy and import-linter."""
    verdict = CheckResult()
    commands = {
        "lint": module("ruff", "check", "."),
        "format": module("ruff", "format", "--check", "."),
        "types": module("mypy"),
        "layers": (str(Path(module("")[0]).parent / "lint-imports"),),
    }
    for name, command in commands.items():
        try:
            code, output = capture(root, *command)
        except FileNotFoundError:
            code, output = 1, f"{command[0]} is not installed; run `make setup`"
        if code:
            verdict.problems.append(f"{name}: {_tail(output)}")
        else:
            verdict.notes.append(f"{name}: passed")
    return verdict


def run_tests(root: Path) -> CheckResult:
    """The test suite without the tests that run the seed's commands, this one among them, and the slowest."""
    chosen = " and ".join(f"not {marker}" for marker in NOT_IN_FULL_CHECK)
    code, output = capture(root, *module("pytest", *ON_EVERY_CORE, *FAILURES_LAST, "-m", chosen))
    verdict = CheckResult(notes=[output.splitlines()[-1] if output else "no output"])
    verdict.notes += [f"left out: tests marked {marker} ({why})" for marker, why in NOT_IN_FULL_CHECK.items()]
    if code:
        verdict.problems.append(f"tests failed: {_tail(output)}")
    return verdict


def _tail(output: str) -> str:
    return "\n".join(output.splitlines()[-LAST_LINES:])
