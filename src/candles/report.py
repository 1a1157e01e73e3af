"""The data report: what the candles are, where they came from, what was repaired and checked."""

import hashlib
from typing import Any

import pandas as pd

from src.candles.params import IngestParams
from src.candles.period import describe_candles
from src.candles.rows import Rows

SHOWN_INPUTS = 10


def candle_report(
    candles: pd.DataFrame, params: IngestParams, rows: Rows, repairs: dict[str, int], checks: dict[str, float]
) -> dict[str, Any]:
    """A small JSON document; ``dvc metrics diff`` shows its numbers.

    Keys: source, file (the first input), those of ``describe_candles``, repairs (rows per repair), checks
    (measured figures, each with a limit in `ingest.policies`) and inputs.
    """
    head = {"source": params.source, "file": rows.parts[0].name, "timeframe": params.timeframe}
    return (
        head | describe_candles(candles, params.step) | {"repairs": repairs, "checks": checks, "inputs": _inputs(rows)}
    )


def _inputs(rows: Rows) -> dict[str, Any]:
    """The first parts one by one, and one sha256 over the names and sha256 of all."""
    counts = rows.frame["part"].value_counts()
    listed = "\n".join(f"{part.sha256} {part.name}" for part in rows.parts)
    return {
        "count": len(rows.parts),
        "rows": len(rows.frame),
        "sha256": hashlib.sha256(listed.encode()).hexdigest(),
        "first": [
            {"file": part.name, "shape": part.shape, "rows": int(counts.get(number, 0)), "sha256": part.sha256}
            for number, part in enumerate(rows.parts[:SHOWN_INPUTS])
        ],
    }
