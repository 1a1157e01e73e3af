"""The command create_ml_models: run the pipeline, optionally on the last N days."""

from typing import Annotated

import typer

from src.core.paths import ROOT
from src.management.console import make_console, one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def create_ml_models(
    days: Annotated[int | None, typer.Option(min=1, help="Train on the last N days: writes `ingest.days`.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run; write and run nothing.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Let DVC say what it checks.")] = False,
) -> None:
    """Run the pipeline and print the results."""
    from src.management.checks.settings import check_params
    from src.management.rerun import rerun_with
    from src.management.results import results_table
    from src.repository.out_of_date import dvc_status, would_run
    from src.repository.programs import repro

    console = make_console()
    with one_sentence():
        if dry_run:
            changes = dvc_status(ROOT)
            if days is not None:
                changes.setdefault("ingest", []).append({"params": {"ingest.days": f"becomes {days} in params.yaml"}})
            for line in would_run(ROOT, changes) or ["nothing to do: every stage is up to date"]:
                console.print(line, markup=False, soft_wrap=True)
            return
        options = ["--verbose"] if verbose else []
        if days is not None:
            rerun_with(ROOT, "days", str(days), *options)
        else:
            check_params(ROOT)
            repro(ROOT, *options)
        console.print(results_table(ROOT))
