"""The command create_ml_models: run the pipeline, optionally on the last N days."""

from typing import Annotated

import typer

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
    from src.management.params_file import set_ingest_value
    from src.management.results import results_table

    console = make_console()
    with one_sentence():
        if dry_run:
            if days is not None:
                console.print(f"would write ingest.days: {days} to params.yaml and run every stage that it changes")
            console.print(capture(ROOT, *module("dvc", "repro", "--dry"))[1], markup=False, soft_wrap=True)
            return
        if days is not None:
            set_ingest_value(ROOT / "params.yaml", "days", str(days))
        if run(ROOT, *module("dvc", "repro", *(["--verbose"] if verbose else []))):
            raise UserError("the pipeline failed; the message above says why.")
        console.print(results_table(ROOT))
