"""Apply the policies to rows as read: sort, drop what may be dropped and count it, refuse the rest."""

from datetime import datetime

import numpy as np
import pandas as pd

from src.candles import rules
from src.candles.cleaner import Cleaner
from src.candles.contract import MICROSECOND, micros, validate_candles
from src.candles.params import POSSIBLE_YEARS, Policies
from src.candles.rows import Rows, place
from src.candles.spacing import by_part, own_step, refuse_mixed, short
from src.candles.stale import VALUES, stale_rows
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

# The clock only refuses, and a clock that is a little off must not.
CLOCK_TOLERANCE = pd.Timedelta(minutes=10)


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
        The cleaner with its counts and refusals, and the timeframe.

    Raises:
        UserError: there is no row, or none that the steps after could look at.
    """
    if rows.frame.empty:
        raise UserError(f"{rows.names} holds no candle; give a file with at least one row.")
    cleaner = Cleaner(rows.frame, rows.parts, policies)
    # −0.0 and 0.0 are the same value, but not the same bytes; prices of 0 are refused.
    cleaner.frame["volume"] += 0.0
    _refuse_impossible(cleaner)
    _sort(cleaner)
    _drop_duplicates(cleaner)
    step = own_step(cleaner, asked)
    cleaner.drop_or_refuse(
        "off_grid",
        policies.off_grid,
        micros(cleaner.frame["timestamp"]) % (step // MICROSECOND) != 0,
        f"have a time that is not on the grid of {short(step)}",
        "correct them or drop them with `ingest.policies.off_grid`",
        in_the_way=True,
    )
    if cleaner.frame.empty:
        cleaner.refuse()
    refuse_mixed(cleaner, step)
    _refuse_future(cleaner, step, now, end)
    _refuse_broken(cleaner, step, rows)
    _drop_stale(cleaner, step)
    cleaner.drop_or_refuse(
        "zero_volume",
        policies.zero_volume,
        (cleaner.frame["volume"] == 0).to_numpy(),
        "have zero volume",
        "set `ingest.policies.zero_volume` to keep or drop",
    )
    return cleaner, step


def _refuse_impossible(cleaner: Cleaner) -> None:
    """At once: no step after could bear such times."""
    first, last = (int(pd.Timestamp(year, 1, 1).timestamp()) for year in (POSSIBLE_YEARS[0], POSSIBLE_YEARS[1] + 1))
    seconds = micros(cleaner.frame["timestamp"]) // 1_000_000
    bad = ((seconds < first) | (seconds >= last)).nonzero()[0]
    if len(bad):
        raise UserError(
            f"{cleaner.place(int(bad[0]))} has a time outside the years {POSSIBLE_YEARS[0]} to "
            f"{POSSIBLE_YEARS[1]} ({len(bad)} such rows); correct it."
        )


def _sort(cleaner: Cleaner) -> None:
    """Ascending. A file that is newest first is in order; rows against its direction are counted."""
    against, newest_first, first = 0, 0, -1
    for _, times in by_part(cleaner):
        moves = np.diff(micros(times))
        down, up = int((moves < 0).sum()), int((moves > 0).sum())
        if first < 0 and min(down, up):
            wrong = (moves < 0) if down <= up else (moves > 0)
            first = int(times.index[int(wrong.argmax()) + 1])
        against += min(down, up)
        newest_first += down > up
    if against and cleaner.policies.unsorted == "refuse":
        cleaner.refusals.append(
            f"{against} rows of {cleaner.parts[int(cleaner.frame['part'].iloc[first])].name} are out of order "
            f"(first: {cleaner.show(first)}); sort them or set `ingest.policies.unsorted`."
        )
    cleaner.repairs |= {"out_of_order": against, "newest_first_files": newest_first}
    if not cleaner.frame["timestamp"].is_monotonic_increasing:
        cleaner.frame = cleaner.frame.sort_values("timestamp", kind="stable", ignore_index=True)


def _drop_duplicates(cleaner: Cleaner) -> None:
    """Repeats of the same time: identical ones by policy, conflicting ones never."""
    time = micros(cleaner.frame["timestamp"])
    repeat = np.zeros(len(time), dtype=bool)
    repeat[1:] = time[1:] == time[:-1]
    conflict = np.zeros(len(time), dtype=bool)
    if repeat.any():
        first = np.maximum.accumulate(np.where(repeat, 0, np.arange(len(time))))
        values = cleaner.frame[VALUES].to_numpy()
        conflict = repeat & (values != values[first]).any(axis=1)
        if conflict.any():
            row = int(conflict.nonzero()[0][0])
            cleaner.refusals.append(
                f"{int(conflict.sum())} rows give other values for a time that is already there (first: "
                f"{cleaner.show(row)} against {cleaner.place(int(first[row]))}); "
                "remove the wrong one."
            )
    again = repeat & ~conflict
    if conflict.any():
        cleaner.frame, again = cleaner.frame[~conflict].reset_index(drop=True), again[~conflict]
    cleaner.drop_or_refuse(
        "duplicates",
        cleaner.policies.duplicates,
        again,
        "repeat a candle",
        "set `ingest.policies.duplicates` to drop",
        in_the_way=True,
    )


def _refuse_future(cleaner: Cleaner, step: pd.Timedelta, now: pd.Timestamp, end: datetime | None) -> None:
    opened, latest = cleaner.frame["timestamp"], now + CLOCK_TOLERANCE
    unclosed = opened + step > latest
    if end is not None:
        # The candle that is open now is left out by the end.
        unclosed = unclosed & ((opened > latest) | (opened + step <= pd.Timestamp(end)))
    future = unclosed.to_numpy()
    if future.any() and cleaner.policies.future == "refuse":
        cleaner.refusals.append(
            f"{cleaner.first(future)} close later than this machine's clock ({now:%Y-%m-%dT%H:%MZ}); "
            "leave out what is not closed yet with `ingest.end`, or correct the times or the clock."
        )


def _refuse_broken(cleaner: Cleaner, step: pd.Timedelta, rows: Rows) -> None:
    """What breaks the contract; the steps after look at the other candles."""
    candles = cleaner.frame[list(CANDLE_COLUMNS)]
    try:
        validate_candles(candles, step, rows.names, lambda i: place(cleaner.frame, rows.parts, i))
    except UserError as error:
        cleaner.refusals.append(str(error))
        sound = rules.sound(candles[list(VALUES)].to_numpy())
        cleaner.aside.append(cleaner.frame["timestamp"][~sound])
        cleaner.frame = cleaner.frame[sound].reset_index(drop=True)
        if cleaner.frame.empty:
            cleaner.refuse()


def _drop_stale(cleaner: Cleaner, step: pd.Timedelta) -> None:
    if cleaner.policies.stale == "keep":
        cleaner.repairs["stale"] = 0
        return
    cleaner.drop_or_refuse(
        "stale",
        cleaner.policies.stale,
        stale_rows(cleaner.frame, step),
        "repeat all five values of a candle of the day before them",
        "set `ingest.policies.stale` to drop or keep",
    )
