"""Make longer candles of shorter ones: first open, highest high, lowest low, last close, summed volume."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from src.candles.contract import MICROSECOND, from_micros, micros
from src.core.errors import UserError


@dataclass(frozen=True)
class Resampled:
    """The longer candles, and how many periods were left out."""

    candles: pd.DataFrame
    partial_edges: int
    thin_periods: int


def resample(candles: pd.DataFrame, step: pd.Timedelta, target: pd.Timedelta, coverage: float) -> Resampled:
    """Candles of duration ``target`` from contract candles of duration ``step``.

    A period that begins before the first row or ends after the last is not whole and is left out; so is one
    with less than ``coverage`` of its rows. Periods without rows stay gaps.

    Raises:
        UserError: ``target`` is no multiple of ``step``.
    """
    if target % step:
        raise UserError(
            f"the file's candles last {step}, from which no candles of {target} can be made; set `ingest.timeframe`."
        )
    width, length = target // MICROSECOND, step // MICROSECOND
    time = micros(candles["timestamp"])
    periods = time // width
    starts = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    stops = np.append(starts[1:], len(time))
    opens = periods[starts] * width
    edges = (opens < time[0]) | (opens + width > time[-1] + length)
    thin = ~edges & ((stops - starts) < coverage * (width // length))
    frame = pd.DataFrame(
        {
            "timestamp": from_micros(opens),
            "open": candles["open"].to_numpy()[starts],
            "high": np.maximum.reduceat(candles["high"].to_numpy(), starts),
            "low": np.minimum.reduceat(candles["low"].to_numpy(), starts),
            "close": candles["close"].to_numpy()[stops - 1],
            "volume": _sums(candles, starts.tolist(), stops.tolist()),
        }
    )
    kept = frame[~(edges | thin)].reset_index(drop=True)
    if kept.empty:
        raise UserError(f"no whole period of {target} is covered by the file's candles; give more of them.")
    return Resampled(kept, int(edges.sum()), int(thin.sum()))


def _sums(candles: pd.DataFrame, starts: list[int], stops: list[int]) -> list[float]:
    """The volume of each period, exactly rounded, so that no processor sums to other last bits."""
    volume, sums = candles["volume"].tolist(), []
    for start, stop in zip(starts, stops, strict=True):
        try:
            sums.append(math.fsum(volume[start:stop]))
        except OverflowError:
            first = candles["timestamp"].iloc[start]
            raise UserError(
                f"the volumes from {first:%Y-%m-%dT%H:%M} on add up to more than a number can be; correct them."
            ) from None
    return sums
