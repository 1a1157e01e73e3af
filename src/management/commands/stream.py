"""The command stream: an online learner beside the bot, fed bar by bar from the live journal (docs/retraining.md)."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from src.core.paths import ROOT
from src.management.console import echo, one_sentence

if TYPE_CHECKING:
    from pathlib import Path

    from src.online.journal import Bars
    from src.online.learner import Learner
    from src.online.rows import Rows
    from src.online.stream import Stream

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
DEFAULT = "xgboost-last-trees"
# Candles between two lines while many are caught up on.
LINES_APART = 500


@app.command()
def stream(
    learner: Annotated[str, typer.Option(help="As xgboost-refit or hoeffding-tree.")] = DEFAULT,
    version: Annotated[str | None, typer.Option(help="To stand beside; default: the largest share.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when all candles that are there are answered.")] = False,
    every: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds between two looks at the journal.")] = 5.0,
) -> None:
    """Let a learner answer and then learn each candle of the live journal; it places no order, changes no version."""
    from src.live.settings import read_settings

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with one_sentence():
        unfitted = _learner(learner)
        echo(f"{learner}: a study beside the bot; it places no order and changes no version.")
        try:
            _follow(learner, unfitted, ROOT / read_settings(ROOT).journal.path, version, None if once else every)
        except KeyboardInterrupt:
            echo("stopped; the same command goes on where it was.")


def _follow(name: str, unfitted: Learner, journal: Path, version: str | None, every: float | None) -> None:
    """Answer what the journal holds, then what it gets; ``every`` seconds a look, None for one look."""
    from src.core.paths import FEATURES
    from src.online.journal import journal_bars, newest_numbers, training_rows

    training = training_rows(ROOT / FEATURES)
    bars = journal_bars(ROOT, journal, training, version)
    found = _stream(name, unfitted, training)
    echo(f"{found.path}: {found.take_up(bars.rows)}")
    seen = None
    while True:
        # Before the bars are read: what is written meanwhile is seen at the next look.
        now = newest_numbers(journal)
        if now != seen:
            seen, bars = now, journal_bars(ROOT, journal, training, version)
            _answer(name, found, bars)
        if every is None:
            return
        time.sleep(every)


def _answer(name: str, found: Stream, bars: Bars) -> None:
    """Answer what is new, then say and record how the learner stands."""
    from src.online.standing import standing, write_standing

    for answered in found.feed(bars.rows):
        if answered % LINES_APART == 0:
            echo(f"  {answered} of {len(bars.rows)} candles")
    stands = standing(bars, found.probability)
    write_standing(found.path, name, stands)
    echo(f"candle {bars.opened(-1)}: {name} says {found.probability[-1]:.4f}; {stands.sentence}")


def _learner(name: str) -> Learner:
    from src.core.params import read_params
    from src.online.registry import learner_of

    return learner_of(name, read_params(ROOT).get("members", {}))


def _stream(name: str, unfitted: Learner, training: Rows) -> Stream:
    from src.core.params import read_params, read_section
    from src.features.params import TargetParams
    from src.online.state import FOLDER
    from src.online.stream import Stream, made_of

    target = read_section(ROOT, "target", TargetParams)
    members = read_params(ROOT).get("members", {})
    identity = made_of(name, members, target.model_dump(), training)
    return Stream(unfitted, training, target.horizon, identity, ROOT / FOLDER / f"{name}.json")
