"""`make retrain`: newest candles, a comparison on unseen weeks, pipeline, review; then a candidate or nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.artifacts.load import read_metadata
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import PRODUCTION_METADATA
from src.core.stage import show_progress
from src.evaluation.figures import with_error
from src.live.drift_verdict import DriftVerdict, read_verdict
from src.live.settings import LiveSettings, read_settings
from src.repository.git import check_clean, resolve
from src.repository.params_file import set_ingest_value
from src.repository.programs import repro
from src.retraining.due import NEVER, newest_close, not_due, why_due
from src.retraining.running import load_running, running_name
from src.retraining.scratch import MEND, scratch_of, take_over
from src.retraining.unseen import Beside, beside
from src.review.comparison import Comparison, compare
from src.review.report import markdown

REVIEW = Path("review.md")
# Exit code where a candidate was trained for nothing: it is worse, or fails its review.
REFUSED = 4


@dataclass(frozen=True)
class Ended:
    """How it ended: the exit code, and the sentence."""

    code: int
    sentence: str


def retrain(root: Path, say: Callable[[str], None], *, force: bool = False) -> Ended:
    """Train with the newest candles where it is due; the tree holds the candidate then, or is as it was.

    Args:
        root: of the checkout.
        say: gets a line for each step.
        force: due or not.

    Raises:
        UserError: it could not be done; the tree is as it was.
    """
    settings = read_settings(root)
    if settings.retrain.mode == "never" and not force:
        return Ended(0, NEVER)
    _check_clean(root)
    params, newest = newest_close(root, say)
    trained_until = pd.Timestamp(read_metadata(root, PRODUCTION_METADATA)["data"]["last_close"]).to_pydatetime()
    name = running_name(root, settings, say)
    why = "FORCE=1" if force else why_due(settings.retrain.mode, newest, trained_until, _drift(root, name, say))
    if why is None:
        return Ended(0, not_due(settings.retrain.mode, newest, trained_until))
    if newest == params.end_time:
        return Ended(0, f"up to date: `ingest.end` is the last closed candle, {params.end}")
    say(f"due: {why}")
    commit = resolve(root, "HEAD")
    with scratch_of(root, commit) as clone:
        found = _compared(root, clone, name, f'"{newest:%Y-%m-%dT%H:%M:%SZ}"', settings, say)
        say(f"beside {name}: {found.figures}")
        if found.is_worse(settings.retrain.may_lose):
            return _refused(f"worse than {name} by more than `retrain.may_lose` {settings.retrain.may_lose:g}", found)
        with _timed("pipeline", say), _nothing_changed():
            repro(clone)
        with _timed("review", say):
            # Its old and new figures are of other rows, so a fall between them is told and decides nothing.
            comparison = compare(clone, commit, falls=False)
        if comparison.failures:
            return _refused(f"failing its review ({' '.join(comparison.failures)})", found)
        _check_clean(root)
        if resolve(root, "HEAD") != commit:
            raise UserError("somebody committed here meanwhile, so nothing was changed; run it again.")
        with _timed("taking it over", say):
            changed = take_over(clone, root)
            write_bytes(root / REVIEW, report(found, comparison).encode())
    return Ended(
        0,
        f"not worse than {name}: {found.figures}. The candidate lies here, uncommitted ({len(changed)} files), its "
        f"report in {REVIEW}. Commit it, then: make push, make release VERSION=…, make promote VERSION=… STEP=paper "
        f"WHY='…'. To undo it: {MEND}",
    )


def report(found: Beside, comparison: Comparison) -> str:
    """The Markdown of the pull request: the comparison that decided, then the review."""
    gain = with_error(found.gain, found.gain_se, 5, signed=True)
    brier = with_error(found.brier, found.brier_se, 5, signed=True)
    lines = [
        f"## Beside {found.version}, on weeks that neither saw",
        "",
        "| | this recipe, trained before each week | " + found.version + " | gain |",
        "| --- | --- | --- | --- |",
        f"| log loss | {found.recipe:.5f} | {found.running:.5f} | {gain} |",
        f"| Brier score | | | {brier} |",
        "",
        f"{found.rows} rows, {found.weeks} weeks, {found.first} to {found.last}; the errors are over weeks. The model",
        "of this pull request was trained on these weeks too, so it is not what was measured (docs/retraining.md).",
        "",
    ]
    return "\n".join(lines) + "\n" + markdown(comparison)


def _compared(
    root: Path, clone: Path, name: str, end: str, settings: LiveSettings, say: Callable[[str], None]
) -> Beside:
    with _timed(f"having {name}", say), _nothing_changed():
        running = load_running(root, clone, name, settings, say)
    set_ingest_value(clone / "params.yaml", "end", end)
    with _timed("candles and features", say), _nothing_changed():
        repro(clone, "features")
    with _timed("comparison", say):
        return beside(clone, running, settings.retrain.weeks, show_progress("comparison"))


def _drift(root: Path, name: str, say: Callable[[str], None]) -> DriftVerdict | None:
    """The verdict, if it is about the running version."""
    try:
        verdict = read_verdict(root)
    except UserError as error:
        say(f"{error} It is not obeyed.")
        return None
    if verdict is not None and verdict.version != name:
        say(f"the verdict of drift is about {verdict.version} and not about {name}, so it is not obeyed")
        return None
    return verdict


def _check_clean(root: Path) -> None:
    try:
        check_clean(root, "a retraining")
    except UserError as error:
        raise UserError(f"{error} What a killed retraining left is undone by `{MEND}`.") from None


def _refused(why: str, found: Beside) -> Ended:
    return Ended(REFUSED, f"the candidate is refused, {why}: {found.figures}. Nothing was changed.")


@contextmanager
def _nothing_changed() -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise UserError(f"{error} Nothing was changed here.") from None


@contextmanager
def _timed(what: str, say: Callable[[str], None]) -> Iterator[None]:
    began = time.monotonic()
    say(f"{what} …")
    yield
    say(f"{what}: {time.monotonic() - began:.1f} s")
