"""Commands of a bot's machine: fetch a released version, prove it, run it. None needs DVC or a training library."""

from pathlib import Path
from typing import Annotated

import typer

from src.core.paths import ROOT
from src.management.console import one_sentence

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

GitRemote = Annotated[
    str | None, typer.Option("--git", help="The git remote that is believed: a name, an URL or a folder; else origin.")
]


@app.callback()
def _commands() -> None:
    """With a callback a lone command keeps its name."""


@app.command()
def fetch(
    folder: Annotated[Path, typer.Argument(help="Where the bundle is put.")],
    version: Annotated[str | None, typer.Option(help="As v1.2.0.")] = None,
    step: Annotated[str | None, typer.Option(help="Instead: the version that this step runs.")] = None,
    git: GitRemote = None,
    branch: Annotated[str | None, typer.Option(help="The branch with stages.yaml; else the default one.")] = None,
    remote: Annotated[str | None, typer.Option(help="gs://… or a folder; else that of .dvc/config.")] = None,
) -> None:
    """Bring a released version into a folder, proven against its release tag."""
    from src.bundle.fetch import fetch as fetch_version

    with one_sentence():
        typer.echo(fetch_version(ROOT, folder, version=version, step=step, git=git, branch=branch, remote=remote))


@app.command("verify-bundle")
def verify_bundle(
    folder: Annotated[Path, typer.Argument(help="Made by fetch.")],
    git: GitRemote = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody.")] = False,
) -> None:
    """Say whether a bundle is the released version; exit code 1 when it is not."""
    from src.bundle.folder import open_bundle

    with one_sentence():
        loaded = open_bundle(folder, git=git, offline=offline)
    typer.echo(f"{loaded.version}: {loaded.proof}" + (f"; {loaded.proof_reason}" if loaded.proof_reason else ""))
