"""From rows of any source to candles in the contract and the report of what was done."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from src.candles.cleaner import Cleaner
from src.candles.cleaning import clean
from src.candles.contract import MICROSECOND, from_micros, micros, validate_candles
from src.candles.outliers import level_changes, price_jumps, volume_jumps, volume_neighbours
from src.candles.params import IngestParams
from src.candles.period import check_gaps, check_zero_volume, select_period
from src.candles.report import candle_report
from src.candles.resample import resample
from src.candles.rows import Rows
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS


@dataclass(frozen=True)
class Collected:
    """Candles in the contract, and their report."""

    candles: pd.DataFrame
    report: dict[str, Any]


def collect(rows: Rows, params: IngestParams, now: datetime | None = None) -> Collected:
    """Clean, resample where the rows are shorter candles, validate, cut to the period, report.

    Args:
        rows: what a source gave.
        params: the section `ingest`.
        now: the clock, see ``clean``.

    Raises:
        UserError: the candles break the contract or policies that refuse; all of them are named.
    """
    clock = pd.Timestamp(now or datetime.now(UTC))
    cleaner, own_step = clean(rows, params.policies, params.step, clock, params.end_time)
    if cleaner.frame.empty:
        cleaner.refuse()
        raise UserError(f"{rows.names} holds no candle that the policies keep; take another file or change them.")
    jumps = _drop_outliers(cleaner, own_step)
    try:
        candles = _cut(cleaner, own_step, params, rows.names)
    except UserError as error:
        cleaner.refusals.append(str(error))
        cleaner.refuse()
        raise
    checks, refusals = check_gaps(_with_aside(candles, cleaner, own_step, params), params.step, params.policies)
    silent, more = check_zero_volume(candles, params.step, params.policies)
    cleaner.refusals += refusals + more
    cleaner.refuse()
    return Collected(candles, candle_report(candles, params, rows, cleaner.repairs, checks | silent | jumps))


def _cut(cleaner: Cleaner, own_step: pd.Timedelta, params: IngestParams, names: str) -> pd.DataFrame:
    """Candles of the asked-for timeframe and period, in the contract."""
    candles = cleaner.frame[list(CANDLE_COLUMNS)]
    if own_step != params.step:
        longer = resample(candles, own_step, params.step, params.policies.coverage)
        candles = longer.candles
        cleaner.repairs |= {"partial_periods": longer.partial_edges, "thin_periods": longer.thin_periods}
    validate_candles(candles, params.step, names)
    return select_period(candles, params.step, params.days, params.end_time)


def _with_aside(candles: pd.DataFrame, cleaner: Cleaner, own_step: pd.Timedelta, params: IngestParams) -> pd.DataFrame:
    """``candles`` with the times of refused rows, which are there, so no gaps."""
    if not cleaner.aside or own_step != params.step:
        return candles
    times = pd.concat(cleaner.aside, ignore_index=True)
    step, time = own_step // MICROSECOND, micros(candles["timestamp"])
    known = micros(times) // step * step
    inside = known[(known >= time[0]) & (known <= time[-1])]
    return pd.DataFrame({"timestamp": from_micros(np.union1d(time, inside))})


def _drop_outliers(cleaner: Cleaner, step: pd.Timedelta) -> dict[str, float]:
    """Do as the policy says; the largest jumps there were."""
    policies = cleaner.policies
    remedy = "correct it, or set `ingest.policies.outliers` or its limit"
    rows = volume_neighbours(step)
    volumes = volume_jumps(cleaner.frame, rows)
    what = f"have more than {policies.volume_jump:g} times the volume of {rows} rows on either side"
    cleaner.drop_or_refuse(
        "volume_outliers", policies.outliers, volumes > policies.volume_jump, what, f"{remedy} `volume_jump`"
    )
    prices = price_jumps(cleaner.frame)
    what = f"have a price more than {policies.outlier_jump:g} off both neighbours"
    cleaner.drop_or_refuse(
        "outliers", policies.outliers, prices > policies.outlier_jump, what, f"{remedy} `outlier_jump`"
    )
    _refuse_level_change(cleaner)
    return {"largest_jump": round(float(prices.max()), 6), "largest_volume_jump": round(float(volumes.max()), 6)}


def _refuse_level_change(cleaner: Cleaner) -> None:
    """Not even dropped: which side of the step is wrong is unknown."""
    frame, policies = cleaner.frame, cleaner.policies
    changes = (level_changes(frame) > policies.outlier_jump).nonzero()[0]
    if len(changes) and policies.outliers != "keep":
        row = int(changes[0])
        close, opened = float(frame["close"].iloc[row - 1]), float(frame["open"].iloc[row])
        cleaner.refusals.append(
            f"the price level changes in {len(changes)} places (first: close {close!r} in {cleaner.show(row - 1)}, "
            f"then open {opened!r} in {cleaner.show(row)}): "
            "give one market in one unit and correct wrong rows, or set `ingest.policies.outliers` to keep."
        )
