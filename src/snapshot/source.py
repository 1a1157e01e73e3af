"""Read the older hourly files of cryptodatadownload.com: a banner line, newest first, AM/PM dates."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.candles.contract import DTYPE
from src.candles.stale import stale_rows
from src.core.names import CANDLE_COLUMNS

BANNER_LINES = 1
STEP = pd.Timedelta(hours=1)


@dataclass(frozen=True)
class Repairs:
    """How many rows each repair touched."""

    rows_out_of_order: int
    stale_candles_dropped: tuple[str, ...]
    zero_volume_hours_dropped: int


def read_cryptodatadownload(path: Path) -> pd.DataFrame:
    """The rows in file order with the contract's columns; `volume` is in the base currency (BTC)."""
    raw = pd.read_csv(path, skiprows=BANNER_LINES)
    raw["timestamp"] = pd.to_datetime(raw["date"], format="%Y-%m-%d %I-%p", utc=True).astype(DTYPE)
    frame = raw.rename(columns={"volume": "volume_quote"}).rename(columns={"volume_btc": "volume"})[
        list(CANDLE_COLUMNS)
    ]
    return frame.astype(dict.fromkeys(CANDLE_COLUMNS[1:], "float64"))


def clean(frame: pd.DataFrame) -> tuple[pd.DataFrame, Repairs]:
    """Ascending candles without repeats and without hours nobody traded in, and what was done.

    What is stale is the rule of the stage `ingest`, ``stale_rows``.
    An hour of zero volume is the provider's filling, not a candle of the exchange.
    """
    out_of_order = int((frame["timestamp"].diff().iloc[1:] > pd.Timedelta(0)).sum())
    ordered = frame.sort_values("timestamp", ignore_index=True)
    traded = ordered["volume"] > 0
    stale = stale_rows(ordered, STEP)
    repairs = Repairs(
        rows_out_of_order=out_of_order,
        stale_candles_dropped=tuple(f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in ordered.loc[stale, "timestamp"]),
        zero_volume_hours_dropped=int((~traded).sum()),
    )
    return ordered[traded & ~stale].reset_index(drop=True), repairs
