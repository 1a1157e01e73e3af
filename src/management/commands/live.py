"""Commands of a bot's machine: fetch a released version, prove it, run it. None needs DVC or a training library."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from src.core.errors import UserError
from src.core.paths import ROOT
from src.management.console import echo, one_sentence

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

ABSTAINS = 3

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
    branch: Annotated[str, typer.Option(help="The branch with stages.yaml.")] = "rollout",
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


@app.command()
def signal(
    version: Annotated[str | None, typer.Option(help="As v1.2.0, fetched into .live/bundles.")] = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="A bundle; else the checkout's own graph.")] = None,
    candles: Annotated[Path | None, typer.Option(help="A file of candles instead of the exchange's newest.")] = None,
    now: Annotated[str | None, typer.Option(help="The time of the file's candles; else its last close.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The answer as one JSON object.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask git whether the bundle is released.")] = False,
    held: Annotated[float, typer.Option(help="Share of the stake held now, 0 to 1; `position` goes on from it.")] = 0.0,
) -> None:
    """Say what a version thinks of the newest closed candle; exit code 3 where it abstains."""
    import msgspec

    from src.live.answering.once import newest_answer
    from src.live.answering.signal import line

    with one_sentence():
        loaded, found = newest_answer(
            ROOT, version=version, folder=folder, candles=candles, now=now, offline=offline, held=held, say=_aside
        )
    if loaded.proof_reason:
        _aside(f"{loaded.version} is only {loaded.proof}: {loaded.proof_reason}")
    if held and found.position is None:
        _aside("HELD was not used: this answer has no position (docs/live.md says when one has)")
    typer.echo(msgspec.json.encode(found).decode() if json else line(found))
    if found.probability is None:
        raise typer.Exit(ABSTAINS)


def _aside(text: str) -> None:
    typer.echo(text, err=True)


Why = Annotated[str, typer.Option(help="The reason, for the audit log.")]


@app.command("live")
def run() -> None:
    """Answer every closed candle and keep it in the journal, until SIGTERM."""
    from src.live.running.process import run_live

    with one_sentence():
        run_live(ROOT, echo)


@app.command()
def serve() -> None:
    """Answer over HTTP (docs/live-api.md), until SIGTERM."""
    from src.live.service.server import serve as answer
    from src.live.settings import read_settings

    with one_sentence():
        answer(ROOT, read_settings(ROOT))


@app.command()
def halt(why: Why) -> None:
    """From now on every answer has stake 0."""
    _request("halt", why)


@app.command()
def resume(why: Why) -> None:
    """Answers have their stakes again."""
    _request("resume", why)


@app.command()
def judge(
    dry: Annotated[bool, typer.Option("--dry", help="Only say what it thinks; ask nobody, change nothing.")] = False,
) -> None:
    """Judge every running version by the journal, and roll back what fails (docs/judge.md)."""
    from src.live.judge.acting import judge as act
    from src.live.judge.acting import look
    from src.live.settings import read_settings

    with one_sentence():
        settings = read_settings(ROOT)
        if not dry:
            act(ROOT, settings, echo)
        found = look(ROOT, settings)
    for one in found:
        typer.echo(one.sentence)
    if not found:
        typer.echo("no step runs a version, so there is nothing to judge")


@app.command()
def up() -> None:
    """`live` and `serve` together, until SIGTERM; when one dies, the other is ended and this fails."""
    from src.live.running.up import run_up

    script = str(ROOT / "scripts/live/live.py")
    with one_sentence():
        run_up({name: [sys.executable, script, name] for name in ("live", "serve")}, echo)


@app.command()
def health(
    url: Annotated[str | None, typer.Option(help="Ask a service elsewhere, as https://….")] = None,
    without: Annotated[list[str] | None, typer.Option(help="`service`, where only the runner runs here.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Say how all is on this machine; exit code 0: well, 1: something is wrong, 3: halted or abstaining."""
    import msgspec

    from src.live.health.checks import SERVICE, health_of
    from src.live.health.findings import worst
    from src.live.settings import read_settings

    with one_sentence():
        if strange := set(without or ()) - {SERVICE}:
            raise UserError(f"--without knows only {SERVICE}, not {', '.join(sorted(strange))[:60]}.")
        found = health_of(ROOT, read_settings(ROOT), url, tuple(without or ()))
    level = worst(found)
    if json:
        told = [{"name": one.name, "level": one.level.name.lower(), "sentence": one.sentence} for one in found]
        typer.echo(msgspec.json.encode({"level": level.name.lower(), "findings": told}).decode())
    else:
        typer.echo("\n".join(one.line for one in found))
    raise typer.Exit(level)


@app.command()
def notify(why: Why, event: Annotated[str, typer.Option(help="What happened; docs/operations.md.")] = "note") -> None:
    """Tell people something; sent at once, or by `make live` where it runs."""
    from src.live.settings import read_settings
    from src.live.telling.telling import tell_by_hand

    with one_sentence():
        typer.echo(tell_by_hand(ROOT, read_settings(ROOT), event, why))


@app.command()
def audit() -> None:
    """Prove the journal against the heads in git; tell who did what, when and why. Exit code 1: something is wrong."""
    from src.live.audit.trail import audit as audit_journal
    from src.live.settings import read_settings

    with one_sentence():
        found = audit_journal(ROOT, read_settings(ROOT))
    for line in (*found.entries, *(f"proven: {line}" for line in found.proven)):
        typer.echo(line)
    for fault in found.faults:
        typer.echo(f"fault: {fault}", err=True)
    if found.faults:
        raise typer.Exit(1)


def _request(what: str, why: str) -> None:
    from src.live.running.process import request

    with one_sentence():
        typer.echo(request(ROOT, what, why))
