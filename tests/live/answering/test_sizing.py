"""Volatility and position of an answer are those of the backtest on the same candles."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from src.bundle.graph import Graph
from src.bundle.loaded import Loaded, Sizing
from src.core.names import OHLCV
from src.evaluation.params import SizingParams
from src.evaluation.sizing import positions
from src.evaluation.volatility import BEFORE, forecasts, unscaled_forecasts
from src.evaluation.volatility_target import SECONDS_OF_YEAR
from src.live.answering.signal import answer, line
from src.live.answering.sizing import SMOOTHED, bars_needed
from src.live.answering.window import Window
from src.live.settings import GuardSettings, LiveSettings
from tests.graph.conftest import METADATA, Exported
from tests.live.windows import HOUR

TELL = LiveSettings(guard=GuardSettings(outside="tell"))
# The backtest does not abstain after a hole.
NEVER_SILENT = LiveSettings(guard=GuardSettings(outside="tell", contiguous=1))
PARAMS = SizingParams(volatility=0.4, cap=1.0, band=0.1)
SIZING = Sizing(volatility=0.4, cap=1.0, band=0.1, cost=0.0017, scale=1.5)
BARS = METADATA.warmup
# Hours before a missing one, which the snapshot's newest candles do not have.
HOLE = 1100


@pytest.fixture(scope="module")
def version(exported_wide: Exported) -> Loaded:
    graph = Graph(exported_wide.signal, "signal")
    return Loaded("v1.0.0", "proven", "", graph, graph, {}, True, "net return +1.0 %", SIZING)


@pytest.fixture(scope="module")
def candles(snapshot: pd.DataFrame) -> pd.DataFrame:
    """1,300 of the snapshot's newest, without one."""
    return snapshot.iloc[-1500:-199].drop(index=len(snapshot) - 1500 + HOLE).reset_index(drop=True)


def window_until(candles: pd.DataFrame, end: int, bars: int = BARS + SMOOTHED - 1) -> Window:
    """The newest ``bars`` before row ``end``, asked about 15 s after the last close."""
    used = candles.iloc[max(end - bars, 0) : end]
    opened = used["timestamp"].array.as_unit("s").asi8
    return Window(opened, used[list(OHLCV)].to_numpy(), float(opened[-1]) + HOUR + 15, HOUR)


def test_hour_by_hour_it_is_the_backtest_s(version: Loaded, candles: pd.DataFrame) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(candles[list(OHLCV)].to_numpy(), (BARS, len(OHLCV)))[:, 0]
    opened = candles["timestamp"].array.as_unit("s").asi8[BARS - 1 :]
    rows = pd.DataFrame({"timestamp": candles["timestamp"].iloc[BARS - 1 :].to_numpy(), "fold": 1})
    rows["probability_move"] = version.signal.run(candles=windows, opened=opened)["probability_move"]
    # Rows whose next candle is missing have no target, and no table has them.
    table = rows[np.append(np.diff(opened) == HOUR, False)]
    assert len(table) == len(rows) - 2
    judged = forecasts(candles, table, 0.003)["move"]
    expected = positions(judged.to_numpy(), SECONDS_OF_YEAR / HOUR, PARAMS)
    known, _ = unscaled_forecasts(candles, table, 0.003)
    # A version carries the scale that the walk-forward ended with; here each hour has a version of its own.
    scale = judged / known["move"].loc[judged.index]
    place = candles.set_index("timestamp").index.get_indexer(judged.index)
    assert place[0] == BARS - 1 + BEFORE
    assert np.diff(place).max() == 2
    held, found = 0.0, []
    for moment, row in zip(judged.index, place, strict=True):
        scaled = replace(version, sizing=Sizing(0.4, 1.0, 0.1, 0.0017, float(scale[moment])))
        one = answer(scaled, window_until(candles, row + 1), NEVER_SILENT, held=held)
        assert one.position is not None
        held = one.position
        found.append((one.volatility, one.position))
    volatility, position = np.array(found).T
    np.testing.assert_allclose(volatility, judged, rtol=1e-8)
    np.testing.assert_allclose(position, expected, rtol=1e-8)
    assert len(np.unique(position)) > 10


def test_it_needs_all_candles_that_are_smoothed_over(version: Loaded, candles: pd.DataFrame) -> None:
    needed = bars_needed(version.signal, version.sizing)
    assert needed == BARS + 239
    whole = answer(version, window_until(candles, 1000), TELL)
    # Older ones change nothing.
    assert answer(version, window_until(candles, 1000, needed + 50), TELL) == whole
    short = answer(version, window_until(candles, 1000, needed - 1), TELL)
    assert short.probability == whole.probability is not None
    assert (short.volatility, short.position) == (None, None)


def test_broken_candles_before_the_newest_take_the_volatility_alone(version: Loaded, candles: pd.DataFrame) -> None:
    window = window_until(candles, 1000)
    for row, column, value in ((0, 3, np.nan), (100, 1, 0.5), (238, 3, -1.0)):
        values = window.values.copy()
        values[row, column] = value
        found = answer(version, replace(window, values=values), TELL)
        assert found.probability is not None
        assert (found.volatility, found.position) == (None, None)
    unsorted = window.opened.copy()
    unsorted[[10, 11]] = unsorted[[11, 10]]
    assert answer(version, replace(window, opened=unsorted), TELL).volatility is None


def test_who_abstains_has_no_position(version: Loaded, candles: pd.DataFrame) -> None:
    window = window_until(candles, 1000)
    found = answer(version, replace(window, now=window.now + 3 * HOUR), TELL, held=0.5)
    assert (found.decision, found.volatility, found.position) == ("abstain", None, None)


def test_the_share_goes_on_from_what_is_held(version: Loaded, candles: pd.DataFrame) -> None:
    window = window_until(candles, 1000)
    bought = answer(version, window, TELL).position
    assert bought is not None
    assert 0.1 < bought < 0.9
    assert answer(version, window, TELL, held=bought + 0.09).position == bought + 0.09
    assert answer(version, window, TELL, held=bought + 0.11).position == bought


def test_a_version_without_a_judged_scale_or_without_the_head_has_none(
    version: Loaded, candles: pd.DataFrame, exported: Exported
) -> None:
    window = window_until(candles, 1000)
    twelve = replace(version, signal=Graph(exported.signal, "signal"))
    for other in (replace(version, sizing=None), twelve):
        found = answer(other, window, TELL)
        assert found.probability is not None
        assert (found.volatility, found.position) == (None, None)
        assert bars_needed(other.signal, other.sizing) == BARS


def test_the_line_tells_both(version: Loaded, candles: pd.DataFrame) -> None:
    found = answer(version, window_until(candles, 1000), TELL)
    assert f"volatility of the next bar {found.volatility:.3%}, hold {found.position:.1%} of the stake;" in line(found)
