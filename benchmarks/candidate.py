"""How often `make retrain` refuses a candidate that is as good as what runs, and one that is worse.

Usage: python benchmarks/candidate.py [FILE …]    (default: the bundled snapshot)

The files are CSV of the candle contract. Each week of the last two years takes its turn as the newest: the version that
runs was trained 8 weeks before and answers those as it is; the recipe answers each of them trained on what was known
before it, as src/retraining/unseen.py does. The same recipe on both sides is a candidate that is as good. Faults are in
the recipe alone, and planted on the bundled candles. The turns overlap, so the shares are of one record and not of
independent trials.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.candles.contract import validate_candles  # noqa: E402
from src.candles.readers.files import read_candle_file  # noqa: E402
from src.core.names import FEATURE_NAMES  # noqa: E402
from src.core.params import read_section  # noqa: E402
from src.features.build import build_feature_table  # noqa: E402
from src.features.params import FeatureParams, TargetParams  # noqa: E402
from src.features.table import FeatureTable  # noqa: E402
from src.live.figures import log_losses  # noqa: E402
from src.live.settings import read_settings  # noqa: E402
from src.retraining.unseen import answers_of_recipe  # noqa: E402
from src.rollout.evidence import standard_error  # noqa: E402
from src.validation.folds import Fold, folds_before  # noqa: E402

SNAPSHOT = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
HOUR, WEEK = pd.Timedelta(hours=1), pd.Timedelta(days=7)
WEEKS = 104
COMPARED = read_settings(ROOT).retrain.weeks
MAY_LOSE = (0.0, 1.0, 2.0, 3.0)
# In params.yaml: what is written in the place of what.
FAULTS = {
    "boosters without restraint": (
        (r"learning_rate: .*", "learning_rate: 0.9"), (r"min_child_samples: 120", "min_child_samples: 1"),
        (r"min_child_weight: 15", "min_child_weight: 0"), (r"path_smooth: 200", "path_smooth: 0"),
    ),
    "rows of age 200 weigh half": ((r"half_life: \d+", "half_life: 200"),),
}  # fmt: skip
Values = NDArray[np.float64]


def table_of(path: Path) -> FeatureTable:
    """The features and targets of the candles in ``path``."""
    target = read_section(ROOT, "target", TargetParams)
    warmup = read_section(ROOT, "features", FeatureParams).warmup
    candles = validate_candles(read_candle_file(path), HOUR, path.name)
    return build_feature_table(candles, HOUR, warmup, target.horizon, target.threshold)[0]


def day_old(table: FeatureTable) -> FeatureTable:
    """The same targets beside the features of 24 rows before."""
    rows = table.rows.copy()
    rows[list(FEATURE_NAMES)] = rows[list(FEATURE_NAMES)].shift(24).bfill()
    return FeatureTable(rows)


def weekly(table: FeatureTable) -> tuple[list[int], list[Fold]]:
    """The first row of each week and of what comes after the last; a fold for each, which tests all compared weeks.

    A model of the week before is the recipe for its first week, and the running version for all of them.
    """
    opened = table.timestamp
    end = opened.iloc[-1] + HOUR
    count = min(WEEKS, int((end - opened.iloc[0]) / WEEK) // 2)
    edges = opened.searchsorted([end - WEEK * left for left in range(count, -1, -1)]).tolist()
    horizon = read_section(ROOT, "target", TargetParams).horizon
    blocks = [(edges[week], edges[min(week + COMPARED, count)]) for week in range(count)]
    return edges, folds_before(blocks, horizon)


def turns(table: FeatureTable, recipe: list[Values], running: list[Values], edges: list[int]) -> Iterator[float]:
    """The gain of the recipe in standard errors, for each week that takes its turn as the newest."""
    opened = table.timestamp.astype("int64").to_numpy() // 1_000_000
    for first in range(len(recipe) - COMPARED + 1):
        rows = slice(edges[first], edges[first + COMPARED])
        outcome = table.target[rows].astype(np.float64)
        weeks = range(first, first + COMPARED)
        mine = np.concatenate([recipe[week][: edges[week + 1] - edges[week]] for week in weeks])
        gain = log_losses(outcome, running[first]) - log_losses(outcome, mine)
        if error := standard_error(opened[rows], gain):
            yield float(gain.mean() / error)


def recipe_in(text: str, table: FeatureTable, folds: list[Fold]) -> list[Values]:
    """What the recipe of a params.yaml says of each fold."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "params.yaml").write_text(text, encoding="utf-8")
        return answers_of_recipe(Path(folder), table, folds, lambda *_: None)


def line(name: str, gains: list[float]) -> str:
    """A row of the table: the mean gain, and the share refused at each limit."""
    refused = [f"{np.mean([gain < -limit for gain in gains]):.0%}" for limit in MAY_LOSE]
    return f"| {name} | {len(gains)} | {np.mean(gains):+.2f} | " + " | ".join(refused) + " |"


def main(paths: list[Path]) -> None:
    """Print one table."""
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    limits = " | ".join(f"refused at {limit:g}" for limit in MAY_LOSE)
    print(
        f"| candles, recipe | turns | mean gain, standard errors | {limits} |\n|---|---:|---:|"
        + "---:|" * len(MAY_LOSE)
    )
    for path in paths:
        table, name = table_of(path), path.name.split(".")[0]
        edges, folds = weekly(table)
        running = recipe_in(params, table, folds)
        print(line(f"{name}, as it is", list(turns(table, running, running, edges))), flush=True)
        if path.resolve() != SNAPSHOT:
            continue
        faulty = {"features a day old": (params, day_old(table))}
        for fault, changes in FAULTS.items():
            text = params
            for before, after in changes:
                text, replaced = re.subn(before, after, text)
                assert replaced, before
            faulty[fault] = (text, table)
        for fault, (text, seen) in faulty.items():
            answers = recipe_in(text, seen, folds)
            print(line(f"{name}, {fault}", list(turns(table, answers, running, edges))), flush=True)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [SNAPSHOT])
