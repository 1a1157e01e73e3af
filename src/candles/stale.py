"""Old bars served again: the one rule, for the stage `ingest` and for the bundled snapshot."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.candles.contract import MICROSECOND, micros
from src.candles.runs import runs
from src.core.names import CANDLE_COLUMNS

VALUES = list(CANDLE_COLUMNS[1:])
WINDOW = pd.Timedelta(days=1)
# Two quiet minutes may well be equal; bars served again come in a row that lasts at least as long as this.
SHORTEST = pd.Timedelta(minutes=15)
KEY_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def stale_rows(frame: pd.DataFrame, step: pd.Timedelta) -> NDArray[np.bool_]:
    """(n,) traded, moving candles with all five values of another at most a day before.

    Args:
        frame: the contract's columns, ascending.
        step: duration of one candle. Shorter than ``SHORTEST``, rows count in a row of that length only.
    """
    key = np.zeros(len(frame), dtype="uint64")
    for name in VALUES:
        key = key * KEY_FACTOR ^ frame[name].to_numpy().view("uint64")
    in_order = np.sort(key)
    if not (in_order[1:] == in_order[:-1]).any():
        return np.zeros(len(frame), dtype=bool)
    values = frame[VALUES].to_numpy()
    moved = (values[:, 4] > 0) & (values[:, 1] > values[:, 2])
    repeated = _repeated(key, values, micros(frame["timestamp"])) & moved
    return _in_a_row(repeated, math.ceil(SHORTEST / step))


def _repeated(key: NDArray[np.uint64], values: NDArray[np.float64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
    # Equal candles have equal keys and stand side by side in a stable sort, earlier ones first.
    order = np.argsort(key, kind="stable")
    here, before = order[1:], order[:-1]
    close_by = time[here] - time[before] <= WINDOW // MICROSECOND
    candidates = (key[here] == key[before]) & close_by
    here, before = here[candidates], before[candidates]
    same = (values[here] == values[before]).all(axis=1)
    repeated = np.zeros(len(key), dtype=bool)
    repeated[here[same]] = True
    return repeated


def _in_a_row(flags: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """The flags that stand in runs of ``least`` or more."""
    if least <= 1 or not flags.any():
        return flags
    kept = np.zeros(len(flags), dtype=bool)
    for start, stop in zip(*runs(flags), strict=True):
        kept[start:stop] = stop - start >= least
    return kept
