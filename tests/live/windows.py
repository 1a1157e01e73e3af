"""Hand-made windows: hours from midnight, each candle 100, 103, 98, 101, 5, asked about 15 s after the last close."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from src.bundle.graph import GraphFacts
from src.live.answering.answer import Verdict
from src.live.answering.guard import judge
from src.live.answering.window import Window
from src.live.settings import GuardSettings

MIDNIGHT = 1_577_836_800  # 2020-01-01
HOUR = 3600
CANDLE = (100.0, 103.0, 98.0, 101.0, 5.0)
WARMUP = 8
CONTIGUOUS = 4
OVERDUE = 60
LAST_CLOSE = MIDNIGHT + WARMUP * HOUR
FACTS = GraphFacts(
    feature_names=("close", "volume"),
    feature_ranges={"close": (50.0, 150.0), "volume": (0.0, 10.0)},
    warmup=WARMUP,
    timeframe="1h",
    target_horizon=1,
    target_threshold=0.003,
    decision_threshold=0.5,
    trained_until="2019-12-01T00:00:00+00:00",
    pickle_md5="0" * 32,
)
SETTINGS = GuardSettings(contiguous=CONTIGUOUS, overdue=OVERDUE)


def window(hours: list[int] | range = range(WARMUP), after: float = 15.0) -> Window:
    """Good candles of the given hours, asked about ``after`` seconds after the close of the last."""
    opened = np.array([MIDNIGHT + hour * HOUR for hour in hours], dtype=np.int64)
    now = float(opened[-1]) + HOUR + after if len(opened) else float(MIDNIGHT)
    return Window(opened, np.tile(np.array(CANDLE), (len(opened), 1)), now, HOUR)


def with_value(row: int, column: int, value: float, of: Window | None = None) -> Window:
    """One value changed."""
    base = of or window()
    values = base.values.copy()
    values[row, column] = value
    return replace(base, values=values)


def with_time(row: int, seconds: int) -> Window:
    """One open time moved."""
    base = window()
    opened = base.opened.copy()
    opened[row] += seconds
    return replace(base, opened=opened)


def last_values(of: Window) -> NDArray[np.float64]:
    """The two features of these tests: close and volume of the newest candle."""
    return of.values[-1, 3:5]


def verdict(of: Window, settings: GuardSettings = SETTINGS) -> Verdict:
    """What the guard says."""
    return judge(of, settings, FACTS, lambda: last_values(of))
