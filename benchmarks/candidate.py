"""How often `make retrain` refuses a candidate that is as good as what runs, and one that is worse.

Usage: python benchmarks/candidate.py [FILE …]    (default: the bundled snapshot)

The files are CSV of the candle contract. Each week of the last two years takes its turn as the newest: the version that
runs was trained 8 weeks before and answers those as it is; the recipe answers each of them trained on what was known
before it, as src/retraining/unseen.py does. The same recipe on both sides is a candidate that is as good. Faults are in
the recipe alone. The turns overlap, so the shares are of one record and not of independent trials.
"""

import itertools
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
YEARS = 104
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


def weekly(table: FeatureTable) -> tuple[list[int], list[Fold], list[Fold]]:
    """The first row of each week and of what comes after the last; folds of one week, and of all compared ones."""
    opened = table.timestamp
    end = opened.iloc[-1] + HOUR
    count = min(YEARS, int((end - opened.iloc[0]) / WEEK) // 2)
    edges = opened.searchsorted([end - WEEK * left for left in range(count, -1, -1)]).tolist()
    horizon = read_section(ROOT, "target", TargetParams).horizon
    one = folds_before(list(itertools.pairwise(edges)), horizon)
    starts = range(count - COMPARED + 1)
    many = folds_before([(edges[start], edges[start + COMPARED]) for start in starts], horizon)
    return edges, one, many


def turns(table: FeatureTable, recipe: list[Values], edges: list[int], old: list[Values]) -> Iterator[float]:
    """The gain of the recipe in standard errors, for each week that takes its turn."""
    opened = table.timestamp.astype("int64").to_numpy() // 1_000_000
    for start, running in enumerate(old):
        rows = slice(edges[start], edges[start + COMPARED])
        outcome = table.target[rows].astype(np.float64)
        mine = np.concatenate(recipe[start : start + COMPARED])
        gain = log_losses(outcome, running) - log_losses(outcome, mine)
        error = standard_error(opened[rows], gain)
        if error:
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
        edges, one, many = weekly(table)
        old = recipe_in(params, table, many)
        recipes = {
            "as it is": recipe_in(params, table, one),
            "features a day old": recipe_in(params, day_old(table), one),
        }
        for fault, changes in FAULTS.items():
            text = params
            for before, after in changes:
                text, replaced = re.subn(before, after, text)
                assert replaced, before
            recipes[fault] = recipe_in(text, table, one)
        for recipe, answers in recipes.items():
            print(line(f"{name}, {recipe}", list(turns(table, answers, edges, old))), flush=True)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or [SNAPSHOT])
