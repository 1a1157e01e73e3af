import numpy as np
import pandas as pd
import pytest

from src.core.errors import UserError
from src.features.build import build_feature_table
from tests.conftest import HOUR, make_candles


def wave(rows: int) -> pd.DataFrame:
    return make_candles([100 + 5 * np.sin(i) for i in range(rows)])


def test_counts_what_is_dropped_and_what_touches_a_gap() -> None:
    candles = wave(121).drop(index=110).reset_index(drop=True)
    table, report = build_feature_table(candles, HOUR, warmup=100, horizon=1, threshold=0.003)
    # 120 candles: 99 of warm-up, 1 without a future, 1 whose target spans the gap.
    assert report["dropped"] == {"warmup": 99, "unknown_future": 1, "target_spans_gap": 1}
    assert report["rows"] == len(table.rows) == 19
    # Rows 110 … 118 lie behind the gap, all within 50 bars of it.
    assert report["look_back_touches_gap"] == {"50_bars": 9, "100_bars": 9}
    assert candles["timestamp"].iloc[109] not in set(table.rows["timestamp"])


def test_a_window_that_begins_right_after_a_gap_does_not_touch_it() -> None:
    candles = wave(171).drop(index=110).reset_index(drop=True)
    _, report = build_feature_table(candles, HOUR, warmup=100, horizon=1, threshold=0.003)
    # 50 bars back from row 159 is row 110, the first behind the gap: rows 110 … 158 touch it.
    assert report["look_back_touches_gap"] == {"50_bars": 49, "100_bars": 59}


def test_without_gaps_only_the_last_row_is_unknown() -> None:
    table, report = build_feature_table(wave(110), HOUR, warmup=100, horizon=3, threshold=0.003)
    assert report["dropped"] == {"warmup": 99, "unknown_future": 3, "target_spans_gap": 0}
    assert table.rows.columns[0] == "timestamp"
    assert [table.rows[name].dtype for name in ("target", "fell")] == ["int8", "int8"]


def test_too_few_candles_are_one_sentence() -> None:
    with pytest.raises(UserError, match=r"99 candles are fewer than the 100 of the warm-up.*lengthen `ingest.days`"):
        build_feature_table(wave(99), HOUR, warmup=100, horizon=1, threshold=0.003)
    with pytest.raises(UserError, match="no row has a known target"):
        build_feature_table(wave(100), HOUR, warmup=100, horizon=1, threshold=0.003)
