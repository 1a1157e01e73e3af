"""Apply the policies to rows as read: sort, drop what may be dropped and count it, refuse the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.candles.contract import FIRST_ROWS, MICROSECOND, micros, validate_candles
from src.candles.params import POSSIBLE_YEARS, Policies
from src.candles.rows import Part, Rows, place
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

VALUES = list(CANDLE_COLUMNS[1:])
# So many equal spacings in a row that are not the file's own are another timeframe, not gaps.
MIXED_RUN = 10
# Fewer rows tell no timeframe of their own.
TELLING_ROWS = 10
STALE_WINDOW = pd.Timedelta(days=1)
KEY_FACTOR = np.uint64(0x9E3779B97F4A7C15)
# The clock only refuses, and a clock that is a little off must not.
CLOCK_TOLERANCE = pd.Timedelta(minutes=10)

Mask = NDArray[np.bool_]


@dataclass
class Cleaner:
    """Rows on their way to candles; each step thins ``frame`` and counts in ``repairs``, or refuses."""

    frame: pd.DataFrame
    parts: tuple[Part, ...]
    policies: Policies
    repairs: dict[str, int]

    def drop_or_refuse(self, key: str, policy: str, bad: Mask, what: str, remedy: str) -> None:
        """Do with the rows of ``bad`` as ``policy`` says: keep, drop or refuse.

        Raises:
            UserError: the policy is refuse and there is such a row.
        """
        if policy == "refuse" and bad.any():
            raise UserError(f"{self.first(bad)} {what}; {remedy}.")
        self.repairs[key] = int(bad.sum()) if policy == "drop" else 0
        if policy == "drop" and bad.any():
            self.frame = self.frame[~bad].reset_index(drop=True)

    def first(self, bad: Mask) -> str:
        """How many rows, and the first of them."""
        rows = bad.nonzero()[0]
        shown = ", ".join(self.show(int(row)) for row in rows[:FIRST_ROWS])
        return f"{len(rows)} of {len(bad)} rows ({shown}{', …' if len(rows) > FIRST_ROWS else ''})"

    def show(self, row: int) -> str:
        """`a.csv line 7 at 2020-01-01T06:00`."""
        return f"{place(self.frame, self.parts, row)} at {self.frame['timestamp'].iloc[row]:%Y-%m-%dT%H:%M}"


def clean(
    rows: Rows, policies: Policies, asked: pd.Timedelta, now: pd.Timestamp, end: datetime | None = None
) -> tuple[Cleaner, pd.Timedelta]:
    """Sorted candles that keep the contract and the policies, and their own timeframe.

    Args:
        rows: as read.
        policies: what to do with rows that are not as they should be.
        asked: the timeframe to be made; few rows are taken to have it.
        now: the clock; it refuses impossible times and chooses nothing.
        end: candles that close later are left out afterwards, so they may still be open.

    Returns:
        The cleaner with its counts, and the timeframe.

    Raises:
        UserError: with the number of rows and the first of them.
    """
    if rows.frame.empty:
        raise UserError(f"{rows.names} holds no candle; give a file with at least one row.")
    cleaner = Cleaner(rows.frame, rows.parts, policies, {})
    # −0.0 and 0.0 are the same value, but not the same bytes; prices of 0 are refused.
    cleaner.frame["volume"] += 0.0
    _refuse_impossible(cleaner)
    _sort(cleaner)
    _drop_duplicates(cleaner)
    step = _own_step(cleaner, asked)
    cleaner.drop_or_refuse(
        "off_grid",
        policies.off_grid,
        micros(cleaner.frame["timestamp"]) % (step // MICROSECOND) != 0,
        f"have a time that is not on the grid of {_short(step)}",
        "correct them or drop them with `ingest.policies.off_grid`",
    )
    _refuse_mixed(cleaner, step)
    _refuse_future(cleaner, step, now, end)
    candles = cleaner.frame[list(CANDLE_COLUMNS)]
    validate_candles(candles, step, rows.names, lambda i: place(cleaner.frame, rows.parts, i))
    _stale(cleaner)
    cleaner.drop_or_refuse(
        "zero_volume",
        policies.zero_volume,
        (cleaner.frame["volume"] == 0).to_numpy(),
        "have zero volume",
        "set `ingest.policies.zero_volume` to keep or drop",
    )
    return cleaner, step


def _refuse_impossible(cleaner: Cleaner) -> None:
    first, last = (int(pd.Timestamp(year, 1, 1).timestamp()) for year in (POSSIBLE_YEARS[0], POSSIBLE_YEARS[1] + 1))
    seconds = micros(cleaner.frame["timestamp"]) // 1_000_000
    bad = ((seconds < first) | (seconds >= last)).nonzero()[0]
    if len(bad):
        raise UserError(
            f"{place(cleaner.frame, cleaner.parts, int(bad[0]))} has a time outside the years {POSSIBLE_YEARS[0]} to "
            f"{POSSIBLE_YEARS[1]} ({len(bad)} such rows); correct it."
        )


def _by_part(cleaner: Cleaner) -> Iterator[tuple[int, pd.Series]]:
    """The times of each part, in their present order."""
    if len(cleaner.parts) == 1:
        yield 0, cleaner.frame["timestamp"]
        return
    for number, times in cleaner.frame.groupby("part")["timestamp"]:
        yield int(number), times


def _sort(cleaner: Cleaner) -> None:
    """Ascending. A file that is newest first is in order; rows against its direction are counted."""
    against, newest_first = 0, 0
    for _, times in _by_part(cleaner):
        moves = np.diff(micros(times))
        down, up = int((moves < 0).sum()), int((moves > 0).sum())
        against += min(down, up)
        newest_first += down > up
    if against and cleaner.policies.unsorted == "refuse":
        raise UserError(
            f"{against} rows of {cleaner.parts[0].name} are out of order; sort them or set `ingest.policies.unsorted`."
        )
    cleaner.repairs |= {"out_of_order": against, "newest_first_files": newest_first}
    if not cleaner.frame["timestamp"].is_monotonic_increasing:
        cleaner.frame = cleaner.frame.sort_values("timestamp", kind="stable", ignore_index=True)


def _drop_duplicates(cleaner: Cleaner) -> None:
    """Repeats of the same time: identical ones by policy, conflicting ones never."""
    time = micros(cleaner.frame["timestamp"])
    repeat = np.zeros(len(time), dtype=bool)
    repeat[1:] = time[1:] == time[:-1]
    if repeat.any():
        first = np.maximum.accumulate(np.where(repeat, 0, np.arange(len(time))))
        values = cleaner.frame[VALUES].to_numpy()
        conflict = repeat & (values != values[first]).any(axis=1)
        if conflict.any():
            row = int(conflict.nonzero()[0][0])
            raise UserError(
                f"{int(conflict.sum())} rows give other values for a time that is already there (first: "
                f"{cleaner.show(row)} against {place(cleaner.frame, cleaner.parts, int(first[row]))}); "
                "remove the wrong one."
            )
    cleaner.drop_or_refuse(
        "duplicates", cleaner.policies.duplicates, repeat, "repeat a candle", "set `ingest.policies.duplicates` to drop"
    )


def _own_step(cleaner: Cleaner, asked: pd.Timedelta) -> pd.Timedelta:
    """The commonest spacing of all rows together; ``asked`` where they are too few to tell.

    Raises:
        UserError: a part is spaced more finely; more coarsely may be its gaps.
    """
    step = _commonest_spacing(cleaner.frame["timestamp"])
    if step is None or len(cleaner.frame) < TELLING_ROWS:
        return asked
    if len(cleaner.parts) > 1 and cleaner.policies.mixed_timeframes == "refuse":
        for number, times in _by_part(cleaner):
            own = _commonest_spacing(times)
            if own is not None and own < step:
                name = cleaner.parts[number].name
                raise UserError(f"{name} has candles of {_short(own)}, the rest of {_short(step)}; give one timeframe.")
    return step


def _commonest_spacing(times: pd.Series) -> pd.Timedelta | None:
    moves = np.diff(micros(times))
    if len(moves) and (moves == moves[0]).all():
        return pd.Timedelta(int(moves[0]), unit="us")
    values, counts = np.unique(moves, return_counts=True)
    return pd.Timedelta(int(values[counts.argmax()]), unit="us") if len(values) else None


def _refuse_mixed(cleaner: Cleaner, step: pd.Timedelta) -> None:
    moves = np.diff(micros(cleaner.frame["timestamp"]))
    same = (moves[1:] == moves[:-1]) & (moves[1:] != step // MICROSECOND)
    # Lengths of the runs of equal spacing.
    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.view("int8"), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        candles = stop - start + 2
        if candles >= MIXED_RUN and cleaner.policies.mixed_timeframes == "refuse":
            other = pd.Timedelta(int(moves[start]), unit="us")
            raise UserError(
                f"{cleaner.show(int(start))} starts {candles} candles of {_short(other)} among candles of "
                f"{_short(step)}; give one timeframe or set `ingest.policies.mixed_timeframes` to keep."
            )


def _refuse_future(cleaner: Cleaner, step: pd.Timedelta, now: pd.Timestamp, end: datetime | None) -> None:
    opened, latest = cleaner.frame["timestamp"], now + CLOCK_TOLERANCE
    unclosed = opened + step > latest
    if end is not None:
        # The candle that is open now is left out by the end.
        unclosed = unclosed & ((opened > latest) | (opened + step <= pd.Timestamp(end)))
    future = unclosed.to_numpy()
    if future.any() and cleaner.policies.future == "refuse":
        raise UserError(
            f"{cleaner.first(future)} close later than this machine's clock ({now:%Y-%m-%dT%H:%MZ}); "
            "leave out what is not closed yet with `ingest.end`, or correct the times or the clock."
        )


def _stale(cleaner: Cleaner) -> None:
    """A traded, moving candle with all five values of another at most a day before: an old bar served again."""
    frame = cleaner.frame
    key = np.zeros(len(frame), dtype="uint64")
    for name in VALUES:
        key = key * KEY_FACTOR ^ frame[name].to_numpy().view("uint64")
    in_order = np.sort(key)
    if cleaner.policies.stale != "keep" and (in_order[1:] == in_order[:-1]).any():
        _drop_stale(cleaner, key)
    else:
        cleaner.repairs["stale"] = 0


def _drop_stale(cleaner: Cleaner, key: NDArray[np.uint64]) -> None:
    frame = cleaner.frame
    values = frame[VALUES].to_numpy()
    moved = (values[:, 4] > 0) & (values[:, 1] > values[:, 2])
    time = micros(frame["timestamp"])
    # Equal candles have equal keys and stand side by side in a stable sort, earlier ones first.
    order = np.argsort(key, kind="stable")
    here, before = order[1:], order[:-1]
    close_by = time[here] - time[before] <= STALE_WINDOW // MICROSECOND
    candidates = (key[here] == key[before]) & close_by
    here, before = here[candidates], before[candidates]
    same = (values[here] == values[before]).all(axis=1)
    stale = np.zeros(len(frame), dtype=bool)
    stale[here[same]] = True
    cleaner.drop_or_refuse(
        "stale",
        cleaner.policies.stale,
        stale & moved,
        "repeat all five values of a candle of the day before them",
        "set `ingest.policies.stale` to drop or keep",
    )


def _short(step: pd.Timedelta) -> str:
    """A duration as 1h30m, 1d."""
    text, rest = "", int(step // pd.Timedelta(seconds=1))
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        text += f"{count}{letter}" if count else ""
    return text or str(step)
