"""What `make tune` shows: a bar while it searches, and what it found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from src.core.names import DIRECTION_NAMES
from src.evaluation.figures import with_error
from src.management.console import echo, make_console
from src.tuning.space import described
from src.tuning.study import CHANGES, IS_CURRENT, SKILLS, TuningStudy
from src.tuning.unseen import Gain

SKILL_DIGITS = 4


@contextmanager
def shown(study: TuningStudy, trials: int) -> Iterator[Callable[[], bool]]:
    """A bar of the finished trials; a line per finished trial where the output is no terminal.

    Yields:
        what the search calls after each fold.
    """
    console = make_console()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip
    told = len(study.finished())
    with bar:
        task = bar.add_task(study.name, total=trials, completed=told)

        def goes_on() -> bool:
            nonlocal told
            finished = study.finished()
            best = study.best()
            label = study.name + (f", best skill {best.value:+.4f}" if best else "")
            bar.update(task, completed=len(finished), description=label)
            if len(finished) != told and not console.is_terminal:
                echo(f"{len(finished)} of {trials} trials, {label}")
            told = len(finished)
            return True

        yield goes_on
        goes_on()


def report_lines(study: TuningStudy, gain: Gain | None) -> list[str]:
    """The null importances, the best trial beside the settings of before, and the verdict on the unseen rows."""
    lines = _importances(study.optuna.user_attrs["importances"], study.droppable)
    finished = study.finished()
    whole = [trial for trial in finished if len(trial.user_attrs.get(SKILLS, [])) and trial.value is not None]
    pruned = len(finished) - len([trial for trial in finished if trial.state.name == "COMPLETE"])
    lines.append(f"{len(finished)} trials, {pruned} of them given up early")
    current = next((trial for trial in whole if trial.user_attrs.get(IS_CURRENT)), None)
    best = study.best()
    if current is not None:
        lines.append(f"the settings of before: skill {current.value:+.{SKILL_DIGITS}f} on the seen folds")
    if best is not None and current is not None and best.number != current.number:
        gaps = np.array(best.user_attrs[SKILLS]) - np.array(current.user_attrs[SKILLS])
        error = gaps.std(ddof=1) / np.sqrt(len(gaps))
        paired = with_error(float(gaps.mean()), float(error), SKILL_DIGITS, signed=True)
        lines.append(f"the best, trial {best.number}: {described(best.user_attrs[CHANGES])}")
        lines.append(f"its gain on the seen folds, on which it was chosen: {paired}")
    if gain is None:
        return [*lines, "no trial is better than the settings of before"]
    paired = with_error(gain.gain, gain.error, SKILL_DIGITS, signed=True)
    verdict = "more than" if gain.is_better else "not more than"
    lines.append(f"its gain on the last 20 %, which no trial has seen: {paired}, {verdict} one standard error")
    if gain.look > 1:
        lines.append(f"it is winner {gain.look} that was judged on these rows: each look makes luck likelier")
    return lines


def _importances(importances: dict[str, Any], droppable: list[str]) -> list[str]:
    if not importances:
        return ["the members see different inputs, so none was offered to be left out"]
    lines = ["gain of each input in LightGBM's trees, beside its gain on shuffled targets (95 % of them stay below)"]
    # Of two heads one after the other: their losses cannot be compared.
    for name, found in sorted(importances.items(), key=lambda item: (item[0] in DIRECTION_NAMES, -item[1]["gain"])):
        mark = "  may be left out" if name in droppable else ""
        lines.append(f"  {name:26} {found['gain']:8.1f}  {found['null']:8.1f}{mark}")
    return lines
