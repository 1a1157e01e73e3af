"""From rows of any source to candles in the contract and the report of what was done."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from src.candles.clean import Cleaner, clean
from src.candles.contract import validate_candles
from src.candles.outliers import level_changes, price_jumps, volume_jumps
from src.candles.params import IngestParams
from src.candles.period import check_gaps, select_period
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
        UserError: the candles break the contract or a policy that refuses.
    """
    clock = pd.Timestamp(now or datetime.now(UTC))
    cleaner, own_step = clean(rows, params.policies, params.step, clock, params.end_time)
    if cleaner.frame.empty:
        raise UserError(f"{rows.names} holds no candle that the policies keep; take another file or change them.")
    jumps = _drop_outliers(cleaner)
    candles = cleaner.frame[list(CANDLE_COLUMNS)]
    if own_step != params.step:
        longer = resample(candles, own_step, params.step, params.policies.coverage)
        candles = longer.candles
        cleaner.repairs |= {"partial_periods": longer.partial_edges, "thin_periods": longer.thin_periods}
    validate_candles(candles, params.step, rows.names)
    candles = select_period(candles, params.step, params.days, params.end_time)
    checks = check_gaps(candles, params.step, params.policies) | _zero_volume(candles, params)
    checks |= jumps
    return Collected(candles, candle_report(candles, params, rows, cleaner.repairs, checks))


def _drop_outliers(cleaner: Cleaner) -> dict[str, float]:
    """Do as the policy says; the largest jumps there were."""
    policies = cleaner.policies
    remedy = "correct it, or set `ingest.policies.outliers` or its limit"
    volumes = volume_jumps(cleaner.frame)
    what = f"have more than {policies.volume_jump:g} times the volume of 24 rows on either side"
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
        raise UserError(
            f"the price level changes in {len(changes)} places (first: close {close!r} in {cleaner.show(row - 1)}, "
            f"then open {opened!r} in {cleaner.show(row)}): "
            "give one market in one unit and correct wrong rows, or set `ingest.policies.outliers` to keep."
        )


def _zero_volume(candles: pd.DataFrame, params: IngestParams) -> dict[str, float]:
    share = float((candles["volume"] == 0).mean())
    limit = params.policies.zero_volume_share
    if share > limit:
        raise UserError(
            f"{share:.2%} of the candles have zero volume, more than `ingest.policies.zero_volume_share` {limit:.2%}; "
            "take another source, drop them or raise the limit."
        )
    return {"zero_volume_share": round(share, 6)}
