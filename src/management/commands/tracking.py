"""The command behind `make mlflow`: every released version in an MLflow registry."""

from typing import Annotated

import typer

from src.core.errors import UserError
from src.core.paths import ROOT
from src.management.console import echo, one_sentence

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def mlflow(
    url: Annotated[str | None, typer.Option(help="Of the server; default: MLFLOW_TRACKING_URI.")] = None,
    remote: Annotated[str | None, typer.Option(help="gs://… or a folder; default: that of .dvc/config.local.")] = None,
) -> None:
    """Write what the registry lacks of the released versions, and let its aliases follow the branch `rollout`."""
    from src.tracking.server import connect, server_address, told
    from src.tracking.sync import sync

    with one_sentence():
        address = server_address(url)
        client = connect(address)
        with told(address, "run the command again: it goes on where it was"):
            problems = sync(ROOT, client, echo, remote)
        if problems:
            raise UserError(" ".join(problems))
