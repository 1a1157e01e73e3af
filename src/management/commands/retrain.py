"""The command retrain: train with the newest candles, and keep what is not worse than the version that runs."""

from typing import Annotated

import typer

from src.core.paths import ROOT
from src.management.console import echo, one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def retrain(force: Annotated[bool, typer.Option(help="Train whether it is due or not.")] = False) -> None:
    """Exit code 0: not due, or the candidate lies here; 4: it was refused; 1: it could not be done."""
    from src.retraining.retrain import retrain as retrain_here

    with one_sentence():
        try:
            ended = retrain_here(ROOT, echo, force=force)
        except KeyboardInterrupt:
            typer.echo("error: interrupted.", err=True)
            raise typer.Exit(130) from None
    typer.echo(ended.sentence, err=ended.code != 0)
    raise typer.Exit(ended.code)
