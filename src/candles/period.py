"""Take the closed candles of the asked-for period, and describe what was taken."""

from datetime import datetime
from typing import Any

import pandas as pd

from src.candles.params import Policies
from src.candles.timeframe import parse_timeframe
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


def check_gaps(candles: pd.DataFrame, step: pd.Timedelta, policies: Policies) -> dict[str, float]:
    """The longest gap in hours and the share of missing candles, both within their limits.

    Raises:
        UserError: a gap is longer, or more is missing, than the policies allow.
    """
    holes = gaps(candles, step)
    missing = int(holes["missing"].sum())
    share = missing / (missing + len(candles))
    longest = int(holes["missing"].max()) if missing else 0
    if longest * step > parse_timeframe(policies.longest_gap):
        worst = holes.loc[holes["missing"].idxmax()]
        raise UserError(
            f"{longest} candles are missing between {iso(worst['after'])} and {iso(worst['until'])}, more than "
            f"`ingest.policies.longest_gap` {policies.longest_gap}; fill the hole, take a period without it "
            "or raise the limit."
        )
    if share > policies.gap_share:
        raise UserError(
            f"{missing} candles ({share:.2%}) are missing in {len(holes)} gaps, more than `ingest.policies.gap_share` "
            f"{policies.gap_share:.2%}; take another source or raise the limit."
        )
    return {"gap_share": round(share, 6), "longest_gap_hours": round(longest * (step / pd.Timedelta(hours=1)), 6)}


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
