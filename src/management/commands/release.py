"""Commands around versions: remote, proof, integrity, release, promotion, rollback and review."""

from pathlib import Path
from typing import Annotated

import typer

from src.core.paths import ROOT
from src.management.console import make_console, one_sentence

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Revision = Annotated[str | None, typer.Option("--rev", help="A commit, branch or tag; default: the working tree.")]
Where = Annotated[list[str] | None, typer.Option("--in", help="workspace, cache, remote; default: all of them.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it goes into the commit message.")]


@app.command("remote-local")
def remote_local(folder: Annotated[Path, typer.Argument(help="The folder that stands in for the bucket.")]) -> None:
    """Let a folder stand in for the bucket, on this machine only."""
    from src.store.remote import use_folder

    with one_sentence():
        typer.echo(use_folder(ROOT, folder))


@app.command("remote-bucket")
def remote_bucket(url: Annotated[str, typer.Argument(help="As gs://<bucket>/<folder>.")]) -> None:
    """Use this bucket, on this machine only."""
    from src.store.remote import use_bucket

    with one_sentence():
        typer.echo(use_bucket(ROOT, url))


@app.command()
def pull() -> None:
    """`dvc pull`, then compare every file and cache object with dvc.lock."""
    from src.store.transfer import pull as pull_all

    with one_sentence():
        typer.echo(pull_all(ROOT))


@app.command()
def push() -> None:
    """`dvc push`, then compare every object of the remote with dvc.lock."""
    from src.store.transfer import push as push_all

    with one_sentence():
        typer.echo(push_all(ROOT))


@app.command()
def integrity(rev: Revision = None, where: Where = None) -> None:
    """Name every missing or altered copy in workspace, cache and remote; exit code 1 if there is one."""
    from src.store.integrity import chosen, examine

    with one_sentence():
        found = examine(ROOT, rev, where=chosen(ROOT, where))
    for line in [*found.findings, *found.notes]:
        typer.echo(line)
    counts = ", ".join(f"{place} {count}" for place, count in found.counts.items())
    typer.echo(f"copies read: {counts}; bad: {len(found.findings)}")
    if found.findings:
        raise typer.Exit(1)


@app.command("repair")
def repair_copies(rev: Revision = None, where: Where = None) -> None:
    """Replace every bad copy by a good one, or make it again."""
    from src.store.integrity import chosen, left_out
    from src.store.repair import repair

    with one_sentence():
        places = chosen(ROOT, where)
        done = repair(ROOT, rev, where=places) or ["nothing to do: every copy is good"]
    for line in [*done, *left_out(places)]:
        typer.echo(line)


@app.command()
def prove(
    rev: Annotated[str, typer.Option("--rev", help="What to prove.")] = "HEAD",
    variant: Annotated[list[str] | None, typer.Option(help="plain, no-avx512, one-thread, four-threads.")] = None,
    reuse: Annotated[
        bool, typer.Option("--reuse", help="Use this environment if its library releases are the same.")
    ] = False,
) -> None:
    """Fresh clone, its own lock, the pipeline from nothing: are these the bytes that dvc.lock names?"""
    from src.core.errors import UserError
    from src.proof.prove import prove as prove_revision

    with one_sentence():
        proofs = prove_revision(ROOT, rev, variant or ["plain", "no-avx512"], reuse=reuse, say=typer.echo)
        if not proofs:
            raise UserError("nothing was run, so nothing is proven; name another variant.")
        failed = [proof.variant for proof in proofs if not proof.holds]
        if failed:
            raise UserError(f"{rev} is not reproduced ({', '.join(failed)}); the tables above say where.")
        typer.echo(f"proven: {rev} gives the same bytes ({', '.join(proof.variant for proof in proofs)})")


@app.command()
def release(version: Annotated[str, typer.Argument(help="As v1.2.0.")]) -> None:
    """Give HEAD's ensemble a version, if it passes every check."""
    from src.rollout.release import release as release_head
    from src.rollout.version import Version

    with one_sentence():
        typer.echo(release_head(ROOT, Version.parse(version)))


@app.command()
def versions() -> None:
    """List the released versions: date, data, walk-forward metrics and where each runs."""
    from src.management.versions_table import versions_table

    with one_sentence():
        table = versions_table(ROOT)
    make_console().print(table if table.row_count else "no version yet; `make release VERSION=v1.0.0` makes one")


@app.command()
def promote(
    version: str,
    step: Annotated[str, typer.Argument(help="Its next step.")],
    why: Why,
    despite: Annotated[
        str | None, typer.Option(help="What WHY outweighs: trading, failed, candles, worse; with commas between.")
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="The bot's journal; else that of deploy/live.yaml.")] = None,
) -> None:
    """Move a released version one step on: paper, stage-10, stage-50, live."""
    from src.live.audit.heads import head_lines_here
    from src.management.judged import judged
    from src.rollout.promotion import promote as promote_version
    from src.rollout.version import Version

    with one_sentence():
        wanted = Version.parse(version)
        objections, figures = judged(ROOT, wanted, step, journal)
        notes = [f"Judged: {line}" for line in figures]
        for note in notes:
            typer.echo(note)
        lines = head_lines_here(ROOT)
        done = promote_version(
            ROOT, wanted, step, why, despite=despite, objections=objections, notes=notes, lines=lines
        )
        typer.echo(done)


@app.command()
def rollback(
    step: str,
    why: Why,
    bad: Annotated[str | None, typer.Option("--from", help="Only if the step runs this version.")] = None,
) -> None:
    """Return a step to the version it ran before."""
    from src.live.audit.heads import head_lines_here
    from src.rollout.rollback import rollback as roll_back
    from src.rollout.version import Version

    with one_sentence():
        parsed = Version.parse(bad) if bad else None
        typer.echo(roll_back(ROOT, step, why, bad=parsed, lines=head_lines_here(ROOT)))


@app.command()
def review(
    base: Annotated[str, typer.Option(help="What to compare the working tree with.")] = "main",
    out: Annotated[Path | None, typer.Option(help="Write the Markdown to this file as well.")] = None,
) -> None:
    """Compare the working tree with a revision, as Markdown; exit code 1 when a gate fails."""
    from src.core.files import write_bytes
    from src.review.comparison import compare
    from src.review.report import markdown

    with one_sentence():
        comparison = compare(ROOT, base)
    text = markdown(comparison)
    typer.echo(text)
    if out:
        write_bytes(out, text.encode())
    if comparison.failures:
        raise typer.Exit(1)
