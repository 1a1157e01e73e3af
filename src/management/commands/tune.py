"""The command tune: search for better settings, judge the winner on unseen rows, and write it where it is better."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from src.core.errors import UserError
from src.core.paths import ROOT
from src.management.console import echo, one_sentence

if TYPE_CHECKING:
    from src.tuning.study import TuningStudy

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SECONDS_TO_END = 600

Study = Annotated[str, typer.Option(help="Name of the study; a name that exists goes on.")]
Storage = Annotated[str, typer.Option(help="URL of a database that machines share; without it a local journal.")]


@app.command()
def tune(
    trials: Annotated[int, typer.Option(min=1, max=100_000, help="Finished trials that the study shall have.")] = 100,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes on this machine.")] = 1,
    study: Study = "tune",
    storage: Storage = "",
    write: Annotated[bool, typer.Option(help="Write the winner into params.yaml if it is better.")] = True,
    worker_of: Annotated[int, typer.Option(hidden=True)] = 0,
) -> None:
    """Search on the first 80 % of the rows; what killed runs left is taken up."""
    with one_sentence():
        if worker_of:
            _work(study, storage, trials, worker_of)
        else:
            _lead(study, storage, trials, jobs, write)


def _open(name: str, url: str) -> TuningStudy:
    try:
        from src.tuning.search import quiet
        from src.tuning.storage import open_storage
        from src.tuning.study import TuningStudy
    except ModuleNotFoundError as error:
        raise UserError(f"the library {error.name} is not installed; run `make setup`.") from None

    quiet()
    return TuningStudy(open_storage(ROOT, name, url or None), name)


def _work(name: str, url: str, trials: int, parent: int) -> None:
    from src.tuning.rows import read_rows
    from src.tuning.search import search

    rows = read_rows(ROOT)
    # A leader that was killed takes its helpers along.
    search(_open(name, url), rows, trials, lambda: os.getppid() == parent)


def _lead(name: str, url: str, trials: int, jobs: int, write: bool) -> None:
    from src.management.checks.settings import check_params
    from src.management.tuning_report import report_lines, shown
    from src.tuning.rows import read_rows
    from src.tuning.search import search, start
    from src.tuning.space import Candidate, check_searchable
    from src.tuning.trial_log import record
    from src.tuning.unseen import judged

    check_params(ROOT)
    rows = read_rows(ROOT)
    current = Candidate(*_current(), rows.table.feature_set)
    check_searchable(current)
    found = _open(name, url)
    if not found.is_started:
        echo("null importances of the inputs, on the first 80 % of the rows")
        start(found, current, rows)
    found.check(rows)
    left = found.take_up()
    echo(
        f"study {name}: {len(found.finished())} of {trials} trials are finished"
        + (f", {left} were cut off and are run again" if left else "")
    )
    command = [sys.executable, sys.argv[0], "--study", name, "--storage", url, "--trials", str(trials)]
    helpers = [subprocess.Popen([*command, "--worker-of", str(os.getpid())]) for _ in range(jobs - 1)]
    try:
        with shown(found, trials) as goes_on:
            search(found, rows, trials, goes_on)
            for helper in helpers:
                helper.wait(timeout=SECONDS_TO_END)
    except KeyboardInterrupt:
        raise UserError("stopped; the same command goes on where it was.") from None
    finally:
        for helper in helpers:
            helper.terminate()
        _note(record(ROOT, found))
    if any(helper.returncode for helper in helpers):
        raise UserError("a helper process failed, see above; the same command goes on where it was.")
    gain = judged(found, rows)
    for line in report_lines(found, gain):
        echo(line)
    best = found.best()
    winner = found.candidate(best) if best else None
    if gain is None or winner is None or not gain.is_better or not write:
        echo("members and weights in params.yaml stay as they are")
    elif current != found.current:
        raise UserError("params.yaml is not what the study began with, so the winner is not written; begin another.")
    else:
        _write(winner.changes(found.current))
        echo("the winner stands in params.yaml; run `make repro`, then `make review`")


def _current() -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    from src.core.params import read_params
    from src.ml.params import read_ensemble

    weights = read_ensemble(ROOT).weights
    members = read_params(ROOT)["members"]
    return {name: dict(members[name]) for name in weights}, dict(weights)


def _write(changes: dict[str, Any]) -> None:
    from src.repository.params_file import set_values

    set_values(ROOT / "params.yaml", changes)


def _note(lines: int) -> None:
    """`evaluation.trials` is the number of lines of docs/trials.csv."""
    from src.core.params import read_value

    if read_value(ROOT, "evaluation.trials") != lines:
        _write({"evaluation.trials": lines})
        echo(f"docs/trials.csv holds {lines} trials now, and `evaluation.trials` counts them")
