"""How the commands print verdicts and end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from src.core.errors import UserError

if TYPE_CHECKING:
    # A command that answers in one line never needs it.
    from rich.console import Console

    from src.management.checks.result import CheckResult

PLAIN_WIDTH = 150


def make_console() -> Console:
    """A console that does not fold lines when its output is not a terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def echo(line: str) -> None:
    """Print a line at once; nobody reading it any more is no reason to stop."""
    with suppress(BrokenPipeError):
        print(line, flush=True)


@contextmanager
def one_sentence() -> Iterator[None]:
    """A ``UserError`` becomes one sentence on stderr and exit code 1."""
    try:
        yield
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


def report(checks: Mapping[str, Callable[[Path], CheckResult]], root: Path) -> None:
    """Run ``checks`` in order, print each verdict as it comes, and exit with 1 if any failed."""
    from src.management.checks.result import timed

    console = make_console()
    failed = 0
    for number, (name, check) in enumerate(checks.items(), start=1):
        with console.status(f"{name} …"):
            verdict = timed(partial(check, root))
        failed += not verdict.passed
        mark = "[green]passed[/]" if verdict.passed else "[red]FAILED[/]"
        console.print(f"{number}/{len(checks)} {name}: {mark} ({verdict.seconds:.1f} s)")
        print_verdict(console, verdict)
    console.print(f"{len(checks) - failed} of {len(checks)} checks passed")
    if failed:
        raise typer.Exit(1)


def print_verdict(console: Console, verdict: CheckResult) -> None:
    """The problems, then the notes, indented."""
    from rich.markup import escape

    for problem in verdict.problems:
        console.print(f"    [red]{escape(problem)}[/]", soft_wrap=True)
    for note in verdict.notes:
        console.print(f"    {escape(note)}", soft_wrap=True)
