"""`make bench-retrain`: how a model is best kept up to date, over two years of real candles: predict first, then learn.

Compared with the plain full training each month: full trainings never, each week and each day; boosters that are
continued or refit; learners of river that take one row at a time. No learner sees a label before its time. The last
104 whole weeks are answered, of a short file as many as its newer half holds.

Usage: python benchmarks/retraining.py [--data FOLDER|FILE] [--light] [--daily MEMBER …]    (default: the snapshot)

Seconds are of one core, measured by the processor's clock of the thread that learns. Every answer is kept in
.cache/bench-retrain for further questions.
"""

import argparse
import itertools
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, cpu_count, delayed

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.learners import BAR, DAY, MONTH, Contestant, contestants
from benchmarks.quality import Problem, found_problems, read_problem
from benchmarks.recalibration import RATES, recalibrated
from src.core.params import read_section
from src.core.paths import ROOT
from src.evaluation.figures import with_error
from src.live.figures import log_losses
from src.ml.base.registry import read_member_settings
from src.ml.params import EnsembleParams
from src.ml.vote import normalised_weights, weighted_mean
from src.online.figures import Difference, WeeklyLosses, weekly_losses
from src.online.prequential import prequential
from src.online.rows import Rows

WEEK_HOURS = 168
WEEKS = 104
VOTE = "vote"
BASE = "base rate"
KEPT = ROOT / ".cache/bench-retrain"

Key = tuple[str, str]
Task = tuple[Key, Contestant, int, int]


@dataclass(frozen=True)
class Course:
    """How a learner did from the row ``first`` on: (n,) probabilities, seconds of each update, bytes at the end."""

    first: int
    probability: np.ndarray
    seconds: list[float]
    size: int


def first_answered(rows: int) -> int:
    """The first row that is answered: 104 weeks before the end, or as many whole weeks as the newer half holds."""
    return rows - WEEK_HOURS * min(WEEKS, rows // 2 // WEEK_HOURS)


def tasks_of(rows: Rows, first: int, found: list[Contestant]) -> list[Task]:
    """One task a learner; a full training each day, which keeps nothing from day to day, in one task a month."""
    edges = [first, *(np.flatnonzero(np.diff(rows.periods("month")[first:])) + first + 1).tolist(), len(rows)]
    tasks: list[Task] = []
    for one in found:
        parts = list(itertools.pairwise(edges)) if one.way == DAY else [(first, len(rows))]
        tasks += [((one.model, one.way), one, start, stop) for start, stop in parts]
    return tasks


def run(problem: Problem, first: int, daily: list[str] | None, all_rows: bool) -> dict[Key, list[Course]]:
    """The courses of every learner, by model and way, in order.

    Args:
        daily, all_rows: of ``contestants``; None for all members.
    """
    names = list(read_section(ROOT, "ensemble", EnsembleParams).weights)
    settings = {name: read_member_settings(ROOT, name) for name in names}
    found = contestants(settings, names if daily is None else daily, all_rows)
    rows = Rows.of_table(problem.table)
    tasks = tasks_of(rows, first, found)
    pool = Parallel(n_jobs=cpu_count(), return_as="generator_unordered")
    begun = time.monotonic()
    courses: dict[Key, list[Course]] = defaultdict(list)
    results = pool(delayed(_one)(task, rows, problem.target.horizon) for task in tasks)
    for done, (key, course) in enumerate(results, start=1):
        courses[key].append(course)
        passed = f"{time.monotonic() - begun:.0f} s"
        print(f"  {done} of {len(tasks)}, {passed}: {', '.join(key)}", file=sys.stderr, flush=True)
    return {(one.model, one.way): sorted(courses[one.model, one.way], key=lambda course: course.first) for one in found}


def _one(task: Task, rows: Rows, horizon: int) -> tuple[Key, Course]:
    key, one, start, stop = task
    parts = list(prequential(one.learner, rows, start, stop, horizon))
    probability = np.concatenate([part.probability for part in parts])
    seconds = [part.seconds for part in parts if part.seconds is not None]
    return key, Course(start, probability, seconds, one.learner.size())


def answers_of(courses: dict[Key, list[Course]]) -> dict[Key, np.ndarray]:
    """Probabilities by model and way; the vote of members kept up to date in the same way, after them.

    A member that cannot be updated so, as the forest, is trained in full each month there. Where not every member is
    trained in full each day, there is no such vote.
    """
    answers = {key: np.concatenate([course.probability for course in parts]) for key, parts in courses.items()}
    given = read_section(ROOT, "ensemble", EnsembleParams).weights
    weights = normalised_weights(given, list(given))
    for way in dict.fromkeys(way for _, way in courses if way != BAR):
        parts = {name: answers.get((name, way), answers[name, MONTH]) for name in weights}
        if way != DAY or all((name, DAY) in answers for name in weights):
            answers[VOTE, way] = weighted_mean(parts, weights)
    return answers


def losses_of(rows: Rows, first: int, horizon: int, answers: dict[Key, np.ndarray]) -> dict[str, np.ndarray]:
    """Log losses by key; ``BASE`` are those of the share of rises known at the beginning of each month."""
    target, month = rows.target[first:], rows.periods("month")[first:]
    starts = first + np.searchsorted(month, month)
    rates = np.array([rows.known_before(start, horizon)[1].mean() for start in starts])
    losses = {", ".join(key): log_losses(target, told) for key, told in answers.items()}
    return losses | {BASE: log_losses(target, rates)}


def print_table(weeks: WeeklyLosses, courses: dict[Key, list[Course]], answers: dict[Key, np.ndarray]) -> None:
    """Skill, what it gains, and what it costs."""
    print(
        "| model | kept up to date by | skill ± SE | less its own, full each month | less the vote, full each month ",
        end="",
    )
    print("| updates | seconds an update | seconds in all | bytes |\n|---|---|---|---|---|---:|---:|---:|---:|")
    monthly = f"{VOTE}, {MONTH}"
    for model, way in sorted(answers, key=lambda key: key[0] != VOTE):
        name = f"{model}, {way}"
        own = f"{model}, {MONTH}"
        gains = [
            shown(weeks.gain(name, BASE, BASE)),
            shown(weeks.gain(name, own, BASE)) if own in weeks.losses and own not in (name, monthly) else "",
            shown(weeks.gain(name, monthly, BASE)) if name != monthly else "",
        ]
        print(f"| {model} | {way} | {' | '.join(gains)} | {' | '.join(costs(courses, model, way))} |", flush=True)


def costs(courses: dict[Key, list[Course]], model: str, way: str) -> list[str]:
    """Updates, seconds of one core an update and in all, bytes; without the first training, which all have."""
    members = {model for model, _ in courses if (model, MONTH) in courses} if model == VOTE else {model}
    kept = [courses.get((member, way)) or courses[member, MONTH] for member in members]
    spent = [[second for course in parts for second in course.seconds][1:] for parts in kept]
    updates, seconds = max(map(len, spent)), sum(map(sum, spent))
    size = sum(parts[-1].size for parts in kept)
    return [f"{updates:,}", f"{seconds / updates:.2g}" if updates else "", f"{seconds:,.0f}", f"{size:,}"]


def shown(gain: Difference) -> str:
    """A skill, or the difference of two."""
    assert gain.value is not None
    return f"{gain.value:+.4f}" if gain.error is None else with_error(gain.value, gain.error, 4, signed=True)


def problems(data: Path | None) -> Iterator[tuple[str, Problem]]:
    """A file alone, or the known files of a folder."""
    if data and data.is_file():
        yield data.name, read_problem(data, dev=False)
    else:
        yield from found_problems(data, dev=False)


def main() -> None:
    """Read the options, let everybody learn, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a file, or the folder of the other candles")
    parser.add_argument("--daily", nargs="*", help="members that are trained in full each day too (default: all)")
    parser.add_argument("--light", action="store_true", help="without what goes over all rows each day, but --daily")
    options = parser.parse_args()
    daily = [] if options.light and options.daily is None else options.daily
    for name, problem in problems(options.data):
        rows, horizon = Rows.of_table(problem.table), problem.target.horizon
        first = first_answered(len(rows))
        opened = rows.opened[first:]
        days = " to ".join(str(opened[end].astype("datetime64[s]"))[:10] for end in (0, -1))
        print(f"\n## {name}: {len(opened)} hours answered, {days}; {first} before them\n", flush=True)
        courses = run(problem, first, daily, not options.light)
        answers = answers_of(courses)
        for rate in RATES:
            told = recalibrated(answers[VOTE, MONTH], rows.target[first:], horizon, rate)
            answers[VOTE, f"{MONTH}, log odds corrected {BAR}, rate {rate:g}"] = told
        losses = losses_of(rows, first, horizon, answers)
        KEPT.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            KEPT / f"{name.replace('/', '-')}.npz",
            opened=opened,
            target=rows.target[first:],
            **{", ".join(key): told for key, told in answers.items()},
            base=losses[BASE],
        )
        print_table(weekly_losses(opened, losses), courses, answers)


if __name__ == "__main__":
    main()
