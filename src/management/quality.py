"""Check the code: format, lint, types, layers and tests."""

from pathlib import Path

from src.management.commands import capture, module
from src.management.verdict import Verdict

LAST_LINES = 15
NOT_IN_FULL_CHECK = "seed_commands"
ON_EVERY_CORE = ("--numprocesses", "auto", "--dist", "loadfile")


def check_code(root: Path) -> Verdict:
    """ruff, mypy and import-linter."""
    verdict = Verdict()
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


def run_tests(root: Path) -> Verdict:
    """The test suite without the tests that run the seed's commands, this one among them."""
    code, output = capture(root, *module("pytest", *ON_EVERY_CORE, "-m", f"not {NOT_IN_FULL_CHECK} and not drill"))
    verdict = Verdict(notes=[output.splitlines()[-1] if output else "no output"])
    verdict.notes.append(
        f"left out: tests marked {NOT_IN_FULL_CHECK} (they run this command; `make test` runs them) "
        "and drill (slow; `make drill` runs them)"
    )
    if code:
        verdict.problems.append(f"tests failed: {_tail(output)}")
    return verdict


def _tail(output: str) -> str:
    return "\n".join(output.splitlines()[-LAST_LINES:])
