"""Take the closed candles of the asked-for period, and describe what was taken."""

from datetime import datetime
from typing import Any

import pandas as pd

from src.candles.params import Policies
from src.candles.timeframe import HOUR, parse_timeframe
from src.core.errors import UserError

LONGEST_GAPS = 5


def select_period(candles: pd.DataFrame, step: pd.Timedelta, days: int | None, end: datetime | None) -> pd.DataFrame:
    """The candles closed by ``end`` and opened in the last ``days`` days before it.

    Args:
        candles: in the candle contract.
        step: duration of one candle.
        days: how many days back from the end; None for all there is.
        end: UTC; None for the close of the last candle.

    Raises:
        UserError: no candle is left.
    """
    closes = candles["timestamp"] + step
    last = closes.iloc[-1] if end is None else pd.Timestamp(end)
    keep = closes <= last
    if days is not None:
        keep &= candles["timestamp"] >= last - pd.Timedelta(days=days)
    if not keep.any():
        raise UserError(
            f"no candle closes by `ingest.end` {last:%Y-%m-%dT%H:%MZ} within `ingest.days` {days}; "
            f"the file holds {candles['timestamp'].iloc[0]:%Y-%m-%d} to {candles['timestamp'].iloc[-1]:%Y-%m-%d}."
        )
    return candles[keep].reset_index(drop=True)


def gaps(candles: pd.DataFrame, step: pd.Timedelta) -> pd.DataFrame:
    """The holes: columns `after` (last candle before), `until` (first after), `missing` (candles)."""
    time = candles["timestamp"]
    width = time.diff()
    holes = width.iloc[1:][width.iloc[1:] > step].index
    return pd.DataFrame(
        {
            "after": time[holes - 1].to_numpy(),
            "until": time[holes].to_numpy(),
            "missing": ((width[holes] / step).to_numpy() - 1).astype("int64"),
        }
    )


def check_gaps(candles: pd.DataFrame, step: pd.Timedelta, policies: Policies) -> tuple[dict[str, float], list[str]]:
    """The longest gap in hours and the share of missing candles, and a sentence for each that is above its limit.

    A missing minute is most often one without a trade: of candles shorter than an hour, the share is that of the
    hours in which there is none at all.
    """
    refusals = []
    holes = gaps(candles, step)
    longest = int(holes["missing"].max()) if len(holes) else 0
    if longest * step > parse_timeframe(policies.longest_gap):
        worst = holes.loc[holes["missing"].idxmax()]
        refusals.append(
            f"{longest} candles are missing between {iso(worst['after'])} and {iso(worst['until'])}, more than "
            f"`ingest.policies.longest_gap` {policies.longest_gap}; fill the hole, take a period without it "
            "or raise the limit."
        )
    what, there, missing = "candles", len(candles), int(holes["missing"].sum())
    if step < HOUR:
        hours = candles["timestamp"].dt.floor("h").drop_duplicates().reset_index(drop=True)
        what, there, missing = "whole hours", len(hours), int(gaps(hours.to_frame(), HOUR)["missing"].sum())
    share = missing / (missing + there)
    if share > policies.gap_share:
        refusals.append(
            f"{missing} {what} ({share:.2%}) are missing in {len(holes)} gaps, more than `ingest.policies.gap_share` "
            f"{policies.gap_share:.2%}; take another source or raise the limit."
        )
    hours_of = round(longest * (step / HOUR), 6)
    return {"gap_share": round(share, 6), "longest_gap_hours": hours_of}, refusals


def check_zero_volume(
    candles: pd.DataFrame, step: pd.Timedelta, policies: Policies
) -> tuple[dict[str, float], list[str]]:
    """The share of candles without volume, and a sentence where it is above its limit.

    As in ``check_gaps``: of candles shorter than an hour, the share of the hours in which none was traded.
    """
    silent, what = candles["volume"] == 0, "candles have"
    if step < HOUR:
        silent, what = silent.groupby(candles["timestamp"].dt.floor("h")).all(), "hours with candles have"
    share, limit = float(silent.mean()), policies.zero_volume_share
    refusal = (
        f"{share:.2%} of the {what} zero volume, more than `ingest.policies.zero_volume_share` {limit:.2%}; "
        "take another source, drop them or raise the limit."
    )
    return {"zero_volume_share": round(share, 6)}, [refusal] if share > limit else []


def describe_candles(candles: pd.DataFrame, step: pd.Timedelta) -> dict[str, Any]:
    """Rows, range and gaps as a small JSON document."""
    holes = gaps(candles, step)
    longest = holes.sort_values(["missing", "after"], ascending=[False, True]).head(LONGEST_GAPS)
    return {
        "rows": len(candles),
        "first_open": iso(candles["timestamp"].iloc[0]),
        "last_close": iso(candles["timestamp"].iloc[-1] + step),
        "gaps": len(holes),
        "missing_candles": int(holes["missing"].sum()),
        "zero_volume_candles": int((candles["volume"] == 0).sum()),
        "longest_gaps": [
            {"after": iso(gap.after), "until": iso(gap.until), "missing": int(gap.missing)}
            for gap in longest.itertuples()
        ],
    }


def iso(moment: Any) -> str:
    """A UTC time as 2019-10-17T10:00:00+00:00."""
    stamp = pd.Timestamp(moment)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return stamp.isoformat(timespec="seconds")
