"""The command create_ml_models: run the pipeline, optionally on the last N days."""

import io
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
    """Set `ingest.days` in the file, comments and layout kept.

    Raises:
        UserError: the file has no section `ingest`.
    """
    from src.artifacts.files import write_bytes

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    content = yaml.load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("ingest"), dict):
        raise UserError(f"{path}: the section `ingest` is missing; restore it with git.")
    content["ingest"]["days"] = days
    buffer = io.StringIO()
    yaml.dump(content, buffer)
    write_bytes(path, buffer.getvalue().encode())
