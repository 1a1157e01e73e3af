import numpy as np
import pandas as pd

from src.features.target import label_moves
from tests.conftest import HOUR, make_candles

UNKNOWN = None


def labels(
    candles: pd.DataFrame, horizon: int = 1, threshold: float = 0.003, column: str = "target"
) -> list[float | None]:
    moves = label_moves(candles, HOUR, horizon, threshold)
    return [None if np.isnan(value) else value for value in moves[column]]


def test_one_where_the_rise_is_more_than_the_threshold() -> None:
    # +0.3 % exactly is not more; then +0.4 %, a fall, no change, and nothing known.
    assert labels(make_candles([1000, 1003, 1007.1, 900, 900])) == [0, 1, 0, 0, UNKNOWN]


def test_the_horizon_counts_bars() -> None:
    assert labels(make_candles([100, 100, 100, 101, 100, 90]), horizon=3) == [1, 0, 0, UNKNOWN, UNKNOWN, UNKNOWN]


def test_a_target_across_a_gap_is_unknown() -> None:
    candles = make_candles([100.0, 110, 121, 133, 146]).drop(index=2).reset_index(drop=True)
    assert labels(candles) == [1, UNKNOWN, 1, UNKNOWN]
    assert labels(candles, horizon=2) == [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
    assert labels(candles, column="fell") == [0, UNKNOWN, 0, UNKNOWN]


def test_falls_mirror_rises() -> None:
    candles = make_candles([1000, 997, 994, 994, 900])
    # 1000 → 997 is exactly 0.3 %, not more; 997 → 994 is 0.3009 %.
    assert labels(candles, column="fell") == [0, 1, 0, 1, UNKNOWN]
    assert labels(candles, horizon=2, column="fell") == [1, 1, 1, UNKNOWN, UNKNOWN]
    assert labels(candles) == [0, 0, 0, 0, UNKNOWN]
