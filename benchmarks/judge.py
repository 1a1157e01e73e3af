"""`make bench-judge`: what the judge finds, how soon, and how often it is wrong; written into docs/judge.md."""

import math
import re
import statistics
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.judge_machine import machine_faults
from benchmarks.judge_versions import Versions, late, overconfident, read_versions
from src.core.files import write_bytes
from src.core.paths import ROOT
from src.evaluation.figures import with_error
from src.live.settings import read_settings
from src.rollout.evidence import log_e_values, standard_error

DOCUMENT = ROOT / "docs/judge.md"
BEGIN, END = "<!-- bench-judge -->", "<!-- end -->"
HOUR, WEEK = 3600, 168
# Candles that a fault is watched for, and between two beginnings of it.
WATCHED = 365 * 24
REPLAYS, CHUNK = 1000, 100
SEED = 7

# Equal over years, worse for weeks: whether such an alarm is false is a question of words (docs/judge.md).
BY_REGIME = "p shuffled"

Values = NDArray[np.float64]


def faults_of(versions: Versions) -> dict[str, Values]:
    """The probabilities of each faulty version, by its name in the table."""
    healthy = versions.healthy
    shuffled = np.random.default_rng(SEED).permutation(healthy)
    return {
        "1 − p": 1 - healthy,
        "always ½": np.full_like(healthy, 0.5),
        "p shuffled": shuffled,
        "p + 0.1": np.minimum(healthy + 0.1, 1.0),
        "overconfident: logit × 2": overconfident(healthy),
        "features a day old": late(healthy, 24),
        "features an hour old": late(healthy, 1),
        **{f"`{name}` frozen": values for name, values in versions.frozen.items()},
        "LightGBM alone": versions.lightgbm,
        "other seeds": versions.others,
    }


def difference(judged: Values, other: Values, outcome: Values) -> Values:
    """(n,) of the squared errors."""
    return np.asarray((judged - outcome) ** 2 - (other - outcome) ** 2)


def hours_to_alarm(differences: Values, opened: NDArray[np.int64], limit: float) -> list[float]:
    """From each beginning of the fault, one a week: hours until the alarm, infinite where none came in a year."""
    starts = np.arange(0, len(differences) - WATCHED, WEEK)
    values = log_e_values(differences[starts[:, None] + np.arange(WATCHED)])
    over = values >= limit
    first = np.where(over.any(axis=1), over.argmax(axis=1), -1)
    # The alarm comes when the outcome of that candle is known: one candle after its close.
    return [
        float(opened[start + at] - opened[start]) / HOUR + 2 if at >= 0 else math.inf
        for start, at in zip(starts, first, strict=True)
    ]


def highest_in_replays(differences: Values) -> Values:
    """(replays,) the largest log e-value of each: as long as the record, of whole weeks of it, with mean 0."""
    random = np.random.default_rng(SEED)
    centred = np.clip(differences - differences.mean(), -1, 1)
    weeks = len(centred) // WEEK
    found = []
    for _ in range(REPLAYS // CHUNK):
        starts = random.integers(0, len(centred) - WEEK + 1, size=(CHUNK, weeks))
        rows = (starts[:, :, None] + np.arange(WEEK)).reshape(CHUNK, -1)
        found.append(log_e_values(centred[rows]).max(axis=1))
    return np.concatenate(found)


def found_table(versions: Versions, alpha: float, least: int) -> list[str]:
    """Every fault of the probabilities, against the healthy version."""
    lines = [
        f"| fault | Brier score, ± SE over weeks | caught within a year | within {least} h | median, hours |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, values in faults_of(versions).items():
        differences = difference(values, versions.healthy, versions.outcome)
        hours = hours_to_alarm(differences, versions.opened, -math.log(alpha))
        median = statistics.median(hours)
        error = standard_error(versions.opened, differences)
        shown = with_error(float(differences.mean()), error, 4, signed=True)
        lines.append(
            f"| {name} | {shown} "
            f"| {np.mean(np.isfinite(hours)):.0%} | {np.mean(np.array(hours) <= least):.0%} "
            f"| {f'{median:,.0f}' if math.isfinite(median) else 'more than a year'} |"
        )
    return lines


def machine_table() -> list[str]:
    """Faults that need no outcome."""
    lines = ["| fault | beginnings | caught | median, candles |", "|---|---:|---:|---:|"]
    for name, (candles, alarms) in machine_faults().items():
        caught = [alarm for alarm in alarms if alarm is not None]
        median = f"{statistics.median(caught):.0f}" if caught else f"no alarm in {candles:,} candles"
        lines.append(f"| {name} | {len(alarms)} | {len(caught) / len(alarms):.0%} | {median} |")
    return lines


def false_table(versions: Versions, alpha: float) -> list[str]:
    """Alarms for versions of equal loss."""
    lines = [
        "| the version differs by | mean difference of p | replays | e-value ever above 1 | above 5 "
        f"| false alarms (≤ {alpha:.0%}) |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    judged = {
        "other seeds": versions.others,
        "LightGBM alone": versions.lightgbm,
        "features an hour old": late(versions.healthy, 1),
        BY_REGIME: faults_of(versions)["p shuffled"],
    }
    for name, values in judged.items():
        highest = highest_in_replays(difference(values, versions.healthy, versions.outcome))
        alarms = np.mean(highest >= -math.log(alpha))
        lines.append(
            f"| {name} | {np.abs(values - versions.healthy).mean():.4f} | {len(highest):,} "
            f"| {np.mean(highest > 0):.1%} | {np.mean(highest > math.log(5)):.1%} | {alarms:.1%} |"
        )
        if name != BY_REGIME:
            assert alarms <= alpha, f"{name}: {alarms:.1%} false alarms, more than {alpha:.0%}"
        assert np.mean(highest > 0) > 0.5, f"{name}: the evidence hardly moves, so this proves nothing"
    return lines


def main() -> None:
    """All tables, printed and written into the document."""
    settings = read_settings(ROOT)
    alpha, least = settings.judge.alpha, settings.rollout.least_candles
    versions = read_versions(lambda text: print(text, file=sys.stderr, flush=True))
    years = len(versions.opened) / 8766
    text = "\n".join(
        [
            f"{len(versions.opened):,} out-of-fold hours ({years:.1f} years) of the bundled candles, alpha {alpha:g}, "
            f"Brier score of the healthy version "
            f"{((versions.healthy - versions.outcome) ** 2).mean():.4f}. A fault begins once a week, "
            f"{len(range(0, len(versions.opened) - WATCHED, WEEK))} times; it is watched for a year.",
            "",
            *found_table(versions, alpha, least),
            "",
            "Without outcomes:",
            "",
            *machine_table(),
            "",
            "Different versions of equal loss, replayed:",
            "",
            *false_table(versions, alpha),
        ]
    )
    print(text)
    document = DOCUMENT.read_text(encoding="utf-8")
    replaced = re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{text}\n\n{END}", document, flags=re.DOTALL)
    write_bytes(DOCUMENT, replaced.encode())


if __name__ == "__main__":
    main()
