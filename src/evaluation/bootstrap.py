"""Series made of whole weeks drawn with replacement: returns of neighbouring hours depend on each other.

Source: the block bootstrap of Künsch (Annals of Statistics 17, 1989), with blocks that do not overlap.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.evaluation.backtest import Backtest

DRAWS = 500
SEED = 7
WEEK = pd.Timedelta(days=7)
# Bars; fewer than four weeks say nothing.
FEWEST = 700


def bootstrapped(
    backtests: Mapping[str, Backtest], figures: Callable[[NDArray[np.float64]], Sequence[float]]
) -> dict[str, NDArray[np.float64]]:
    """By strategy (DRAWS, k): what ``figures`` says of each drawn series of net returns; the same weeks for all.

    Args:
        backtests: over the same bars.
        figures: (bars,) net returns → k figures.
    """
    first = next(iter(backtests.values()))
    moments = first.bars["timestamp"]
    week = ((moments - moments.iloc[0]) // WEEK).to_numpy()
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    blocks = np.split(np.arange(len(week)), starts[1:])
    rng = np.random.default_rng(SEED)
    chosen = [rng.integers(0, len(blocks), len(blocks)) for _ in range(DRAWS)]
    rows = [np.concatenate([blocks[block] for block in draw]) for draw in chosen]
    found = {}
    for name, test in backtests.items():
        net = test.bars["net"].to_numpy()
        found[name] = np.array([figures(net[row]) for row in rows])
    return found
