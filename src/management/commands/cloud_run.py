"""Deploy an image to Cloud Run; docs/deploy.md says what each variable of the environment is."""

import os

import typer

from src.core.paths import ROOT
from src.management.console import echo, one_sentence

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.callback()
def _commands() -> None:
    """With a callback a lone command keeps its name."""


@app.command()
def deploy() -> None:
    """A revision without traffic, asked what it is and whether it is healthy; then all traffic to it, or back."""
    from src.management.cloud_run import deploy as deploy_it
    from src.management.cloud_run import deployment_of

    with one_sentence():
        typer.echo(deploy_it(ROOT, deployment_of(os.environ), echo))
