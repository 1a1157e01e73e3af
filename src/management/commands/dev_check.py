"""The command dev_check: state, checks and repair of the repository."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from src.core.errors import UserError
from src.core.paths import ROOT
from src.management.checks.result import CheckResult, timed
from src.management.console import make_console, one_sentence, print_verdict, report

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


class Mode(StrEnum):
    """How much `validate` does."""

    light = "light"
    full = "full"


DRIFTED = 4


@app.command("full-check")
def full_check() -> None:
    """Six checks: environment, candles, features, models, pipeline state, tests."""
    from src.management.checks.code import run_tests
    from src.management.checks.data import check_candles, check_features
    from src.management.checks.environment import check_environment
    from src.management.checks.models import check_models
    from src.management.checks.pipeline import check_pipeline

    report(
        {
            "environment and lock": check_environment,
            "candles": check_candles,
            "features": check_features,
            "models": check_models,
            "pipeline state": check_pipeline,
            "tests": run_tests,
        },
        ROOT,
    )


@app.command("data-check")
def data_check() -> None:
    """The candles: contract, range, gaps; and the features made from them."""
    from rich.table import Table

    from src.management.checks.data import candle_report, check_candles, check_features
    from src.management.ingest_report import ingest_tables

    console = make_console()
    with one_sentence():
        candles = candle_report(ROOT)
    table = Table("candles", "")
    longest = candles.pop("longest_gaps")
    for key, value in candles.items():
        table.add_row(key, str(value))
    for gap in longest:
        table.add_row("longest gaps", f"{gap['missing']} missing, {gap['after']} to {gap['until']}")
    console.print(table)
    with one_sentence():
        console.print(*ingest_tables(ROOT), sep="\n")
    report({"candles": check_candles, "features": check_features}, ROOT)


@app.command("ml-models")
def ml_models(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run and why; run nothing.")] = False,
) -> None:
    """Check the models; repair the copies here, then run the pipeline for what is missing or out of date."""
    from src.management.checks.live import live_side
    from src.management.checks.models import check_models
    from src.management.checks.settings import check_params
    from src.repository.out_of_date import dvc_status, would_run
    from src.repository.programs import repro
    from src.store.integrity import HERE
    from src.store.repair import repair

    console = make_console()
    with one_sentence():
        verdict = timed(lambda: check_models(ROOT))
        print_verdict(console, verdict)
        if dry_run:
            nothing = ["nothing to do: every artifact loads and every stage is up to date"]
            for line in would_run(ROOT, dvc_status(ROOT)) or (nothing if verdict.passed else []):
                console.print(line, soft_wrap=True, markup=False)
            print_verdict(console, live_side(ROOT))
        else:
            for line in repair(ROOT, where=HERE, make_again=False):
                console.print(line, soft_wrap=True, markup=False)
            check_params(ROOT)
            repro(ROOT)
            verdict = timed(lambda: check_models(ROOT))
            console.print("after the run:")
            print_verdict(console, verdict)
    raise typer.Exit(not verdict.passed)


@app.command()
def validate(mode: Annotated[Mode, typer.Option(help="light: code and models; full: the tests too.")]) -> None:
    """Lint, format, types, layers and the models; in full mode the tests as well."""
    from src.management.checks.code import check_code, run_tests
    from src.management.checks.models import check_models

    checks = {"code": check_code, "models": check_models}
    report(checks | ({"tests": run_tests} if mode is Mode.full else {}), ROOT)


@app.command()
def status() -> None:
    """What is here: commit, artifacts proven by their md5, data, verdict of the gates, health of what runs.

    Nothing is unpickled.
    """
    from src.management.checks.artifacts import check_bytes
    from src.management.checks.live import live_side
    from src.management.checks.pipeline import git_state

    console = make_console()
    console.print(git_state(ROOT), markup=False)
    verdict = timed(lambda: check_bytes(ROOT))
    print_verdict(console, verdict)
    if verdict.passed:
        with one_sentence():
            print_verdict(console, _summary(ROOT))
    console.print("artifacts: proven" if verdict.passed else "artifacts: NOT usable", markup=False)
    print_verdict(console, live_side(ROOT))
    raise typer.Exit(not verdict.passed)


@app.command()
def results(
    readme: Annotated[
        bool, typer.Option("--readme", help="Write the tables of the READMEs and of docs/quality.md.")
    ] = False,
) -> None:
    """The results of the last run as a table, and where the artifacts lie."""
    from src.core.paths import PRODUCTION, TRAINING
    from src.management.readme import write_results
    from src.management.results import results_table

    console = make_console()
    with one_sentence():
        console.print(results_table(ROOT))
        print_verdict(console, _summary(ROOT))
        if readme:
            console.print(f"written into: {', '.join(write_results(ROOT)) or 'nothing, all are up to date'}")
    console.print(f"models: {PRODUCTION}/ (the ensemble the bot loads), {TRAINING}/ (its members)", markup=False)


@app.command()
def experiments(
    commits: Annotated[int, typer.Option(min=1, max=1000, help="How many of the newest commits.")] = 1,
) -> None:
    """The DVC experiments: what each changed, and the figures that it led to."""
    from src.management.experiments import experiments_table

    with one_sentence():
        make_console().print(experiments_table(ROOT, commits))


@app.command("seed-experiment")
def seed_experiment() -> None:
    """Train with the seed's settings outside the tree, and show them beside HEAD's."""
    from src.management.seed_experiment import seed_experiment as experiment

    with one_sentence():
        make_console().print(experiment(ROOT))


@app.command("params-check")
def params_check() -> None:
    """Whether every setting of params.yaml is legal; `make repro` asks before DVC deletes anything."""
    from src.management.checks.settings import check_params

    with one_sentence():
        check_params(ROOT)
        typer.echo("params.yaml: every setting is legal")


@app.command("remote-check")
def remote_check() -> None:
    """Whether `dvc push` and `dvc pull` can work; if not, why and what to do."""
    from src.store.remote import check_remote

    with one_sentence():
        typer.echo(f"{check_remote(ROOT)} answers")


@app.command()
def drift(
    candles: Annotated[Path | None, typer.Option(help="A file of candles instead of the journal.")] = None,
    version: Annotated[
        str | None, typer.Option(help="Of the journal; default: the one with the largest share.")
    ] = None,
) -> None:
    """Do candles and losses still look as in training? Exit code 4 where they do not (docs/drift.md)."""
    from src.drift.page import FILE as PAGE
    from src.drift.page import write_page
    from src.drift.seen import seen_in_file, seen_in_journal
    from src.drift.verdict import judge, write_verdict
    from src.live.drift_verdict import FILE
    from src.live.settings import read_settings
    from src.live.telling.telling import notices_of
    from src.management.drift_table import drift_table

    with one_sentence():
        if candles and version is not None:
            raise UserError(
                "VERSION is for the journal; the candles of a file are answered by the checkout's own ensemble. "
                "Leave out VERSION or CANDLES."
            )
        settings = read_settings(ROOT)
        journal = ROOT / settings.journal.path
        seen = seen_in_file(ROOT, candles) if candles else seen_in_journal(ROOT, journal, version)
        found = judge(ROOT, seen, settings.drift)
        write_verdict(ROOT / FILE, found)
        write_page(ROOT / PAGE, found)
        if found.drifted:
            # Once for each newest candle, however often it is asked.
            key = f"drift {found.version} {found.last}"
            notices_of(ROOT, settings).tell("drift", key=key, what=found.version, why=found.sentence)
    make_console().print(drift_table(found))
    typer.echo(f"{found.sentence} ({FILE}, {PAGE})")
    if found.drifted:
        raise typer.Exit(DRIFTED)


@app.command("new-member")
def new_member(
    name: str,
    weight: Annotated[float, typer.Option(help="In the vote; 0: trained and evaluated, no vote.")] = 0.0,
) -> None:
    """Add a member: its block of params.yaml, its weight, and its adapter if it has none (docs/extend.md)."""
    from src.management.member_templates import KNOWN, OFFERED
    from src.management.new_member import new_member as add

    with one_sentence():
        written = add(ROOT, name, weight)
    next_step = (
        "run `make repro`" if name in KNOWN or name in OFFERED else f"fill in {written[0]}, then run `make repro`"
    )
    typer.echo(f"written: {', '.join(map(str, written))}; {next_step}.")


@app.command("remove-member")
def remove_member(name: str) -> None:
    """Take a member away again, and what the pipeline made of it."""
    from src.management.new_member import remove_member as remove

    with one_sentence():
        changed = remove(ROOT, name)
    typer.echo(f"removed or changed: {', '.join(map(str, changed))}; run `make repro`.")


def _summary(root: Path) -> CheckResult:
    from src.artifacts.load import read_metadata
    from src.core.paths import PRODUCTION_METADATA

    metadata = read_metadata(root, PRODUCTION_METADATA)
    data = metadata["data"]
    lines = [f"data: {data['file']}, {data['candles']} candles, {data['first_open']} to {data['last_close']}"]
    lines.append(f"gates: {metadata['status']}")
    lines += metadata["failed_gates"]
    trading = metadata.get("trading", {"ready": False, "reason": "this metadata says nothing of it; run `make repro`"})
    lines.append(f"trading: {'ready' if trading['ready'] else 'not ready'}, {trading['reason']}")
    return CheckResult(notes=lines)
