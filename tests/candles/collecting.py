"""From rows to candles and report, as the policies see them."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from src.candles.collect import Collected, collect
from src.candles.params import IngestParams
from src.candles.rows import Part, Rows, joined

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rows_of(*frames: pd.DataFrame) -> Rows:
    """Rows as if each frame were a CSV file: a.csv, b.csv, …"""
    return joined(
        [
            (
                frame.reset_index(drop=True).assign(line=range(2, len(frame) + 2)),
                Part(f"{'abcdefghijkl'[number]}.csv", "0" * 64, "contract", "line"),
            )
            for number, frame in enumerate(frames)
        ]
    )


def collected(
    *frames: pd.DataFrame, timeframe: str = "1h", days: int | None = None, end: str | None = None, **policies: Any
) -> Collected:
    params = IngestParams.model_validate(
        {"source": "csv", "path": "x", "timeframe": timeframe, "days": days, "end": end, "policies": policies}
    )
    return collect(rows_of(*frames), params, NOW)


def changed(hours: pd.DataFrame, row: int, **values: object) -> pd.DataFrame:
    frame = hours.copy()
    for name, value in values.items():
        frame.loc[row, name] = value
    return frame


def without(hours: pd.DataFrame, *rows: int) -> pd.DataFrame:
    return hours.drop(index=list(rows)).reset_index(drop=True)
