"""The timeframe of rows, told by their spacing, and stretches of another timeframe among them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from src.candles.cleaner import Cleaner
from src.candles.contract import MICROSECOND, micros
from src.candles.runs import runs
from src.candles.timeframe import HOUR

# Fewer rows tell no timeframe of their own.
TELLING_ROWS = 10
# Equal spacings in a row that are not the file's own are another timeframe, not gaps, when the candles are at least
# so many and their time would hold so many of the file's own. Every other hour is never missing by chance; in quiet
# hours every other minute is.
MIXED_CANDLES = 4
MIXED_SPAN, MIXED_SPAN_BELOW_AN_HOUR = 18, 60


def by_part(cleaner: Cleaner) -> Iterator[tuple[int, pd.Series]]:
    """The times of each part, in their present order."""
    if len(cleaner.parts) == 1:
        yield 0, cleaner.frame["timestamp"]
        return
    for number, times in cleaner.frame.groupby("part")["timestamp"]:
        yield int(number), times


def own_step(cleaner: Cleaner, asked: pd.Timedelta) -> pd.Timedelta:
    """The commonest spacing of all rows together; ``asked`` where they are too few to tell.

    Refused, and set aside: a part that is spaced more finely; more coarsely may be its gaps.
    """
    step = _commonest_spacing(cleaner.frame["timestamp"])
    if step is None or len(cleaner.frame) < TELLING_ROWS:
        return asked
    finer = set()
    if len(cleaner.parts) > 1 and cleaner.policies.mixed_timeframes == "refuse":
        for number, times in by_part(cleaner):
            own = _commonest_spacing(times)
            if own is not None and own < step:
                name = cleaner.parts[number].name
                finer.add(number)
                cleaner.refusals.append(
                    f"{name} has candles of {short(own)}, the rest of {short(step)}; give one timeframe."
                )
    if finer:
        cleaner.frame = cleaner.frame[~cleaner.frame["part"].isin(finer)].reset_index(drop=True)
    return step


def _commonest_spacing(times: pd.Series) -> pd.Timedelta | None:
    moves = np.diff(micros(times))
    if len(moves) and (moves == moves[0]).all():
        return pd.Timedelta(int(moves[0]), unit="us")
    values, counts = np.unique(moves, return_counts=True)
    return pd.Timedelta(int(values[counts.argmax()]), unit="us") if len(values) else None


def refuse_mixed(cleaner: Cleaner, step: pd.Timedelta) -> None:
    """Refuse stretches of equal spacing that are too long for gaps."""
    if cleaner.policies.mixed_timeframes != "refuse":
        return
    own = step // MICROSECOND
    moves = np.diff(micros(cleaner.frame["timestamp"]))
    same = (moves[1:] == moves[:-1]) & (moves[1:] != own)
    starts, stops = runs(same)
    # A run of equal pairs of moves holds two candles more than pairs.
    candles = stops - starts + 2
    least = MIXED_SPAN if step >= HOUR else MIXED_SPAN_BELOW_AN_HOUR
    mixed = (candles >= MIXED_CANDLES) & ((candles - 1) * moves[starts] >= least * own)
    if mixed.any():
        start, count = int(starts[mixed][0]), int(candles[mixed][0])
        other = pd.Timedelta(int(moves[start]), unit="us")
        more = f" ({int(mixed.sum())} such places)" if mixed.sum() > 1 else ""
        cleaner.refusals.append(
            f"{cleaner.show(start)} starts {count} candles of {short(other)} among candles of "
            f"{short(step)}{more}; give one timeframe or set `ingest.policies.mixed_timeframes` to keep."
        )


def short(step: pd.Timedelta) -> str:
    """A duration as 1h30m, 1d."""
    text, rest = "", int(step // pd.Timedelta(seconds=1))
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        text += f"{count}{letter}" if count else ""
    return text or str(step)
