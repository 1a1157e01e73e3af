"""The command create_ml_models: run the pipeline, optionally on the last N days."""

import re
from pathlib import Path
from typing import Annotated

import typer
from ruamel.yaml import YAML

from src.errors import UserError
from src.management.console import make_console, one_sentence
from src.paths import ROOT

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def create_ml_models(
    days: Annotated[int | None, typer.Option(min=1, help="Train on the last N days: writes `ingest.days`.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run; write and run nothing.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Let DVC say what it checks.")] = False,
) -> None:
    """Run the pipeline and print the results."""
    from src.management.commands import capture, module, run
    from src.management.results import results_table

    console = make_console()
    with one_sentence():
        if dry_run:
            if days is not None:
                console.print(f"would write ingest.days: {days} to params.yaml and run every stage that it changes")
            console.print(capture(ROOT, *module("dvc", "repro", "--dry"))[1], markup=False, soft_wrap=True)
            return
        if days is not None:
            write_days(ROOT / "params.yaml", days)
        if run(ROOT, *module("dvc", "repro", *(["--verbose"] if verbose else []))):
            raise UserError("the pipeline failed; the message above says why.")
        console.print(results_table(ROOT))


def write_days(path: Path, days: int) -> None:
    """Set `ingest.days` in the file; every other byte stays.

    Raises:
        UserError: the file has no `ingest.days`.
    """
    from src.artifacts.files import write_bytes

    text = path.read_text(encoding="utf-8")
    content = YAML().load(text)
    try:
        line, column = content["ingest"].lc.value("days")
    except (AttributeError, KeyError, TypeError):
        raise UserError(f"{path}: `ingest.days` is missing; restore the file with git.") from None
    lines = text.splitlines(keepends=True)
    lines[line] = lines[line][:column] + re.sub(r"\S+", str(days), lines[line][column:], count=1)
    write_bytes(path, "".join(lines).encode())
