"""Parquet and feather tables, freqtrade's among them."""

import io
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from src.candles.contract import DTYPE
from src.candles.params import POSSIBLE_YEARS, ColumnMapping
from src.candles.readers.columns import Cells, Columns, refuse_shared, typed
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

TIME_NAMES = ("timestamp", "date", "datetime", "open_time", "time")


def read_binary(content: bytes, name: str, mapping: ColumnMapping | None, zone: ZoneInfo | None) -> pd.DataFrame:
    """The contract's columns and `line` (the row from 1).

    Raises:
        UserError: unreadable, a column missing, or a cell that is no time or number.
    """
    table = _table(content, name)
    wanted = _wanted(table, mapping, name)
    times = table[wanted[0]]
    _refuse_impossible(times, name)
    time_format = mapping.time_format if mapping else None
    if isinstance(times.dtype, pd.DatetimeTZDtype) and not times.isna().any() and _are_numbers(table[wanted[1:]]):
        frame = pd.DataFrame({"timestamp": times.dt.tz_convert("UTC").astype(DTYPE)})
        for column, source in zip(CANDLE_COLUMNS[1:], wanted[1:], strict=True):
            frame[column] = table[source].astype("float64")
        return frame.assign(line=np.arange(1, len(frame) + 1, dtype="int32"))
    texts = tuple([str(value) for value in table[column]] for column in wanted)
    cells = Cells(name, "row", range(1, len(table) + 1), texts)
    return typed(cells, Columns(tuple(range(6)), time_format=time_format), zone)


def _refuse_impossible(times: pd.Series, name: str) -> None:
    """Times that no text can tell; ``clean`` looks at those of all shapes."""
    if times.dtype.kind == "M":
        year = (times.dt.tz_convert("UTC") if times.dt.tz else times).dt.year
        bad = ((year < POSSIBLE_YEARS[0]) | (year > POSSIBLE_YEARS[1])).to_numpy().nonzero()[0]
        if len(bad):
            raise UserError(
                f"{name} row {bad[0] + 1} has a time outside the years {POSSIBLE_YEARS[0]} to {POSSIBLE_YEARS[1]} "
                f"({len(bad)} such rows); correct it."
            )


def _are_numbers(table: pd.DataFrame) -> bool:
    return all(dtype.kind in "fiu" for dtype in table.dtypes) and not table.isna().to_numpy().any()


def _table(content: bytes, name: str) -> pd.DataFrame:
    import pyarrow as pa

    read = pd.read_parquet if content[:4] == b"PAR1" else pd.read_feather
    try:
        table = read(io.BytesIO(content))
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"{name} cannot be read ({reason}); give an intact file.") from None
    # yfinance keeps the times in the index.
    return table.reset_index() if isinstance(table.index, pd.DatetimeIndex) else table


def _wanted(table: pd.DataFrame, mapping: ColumnMapping | None, name: str) -> list[str]:
    present = [str(column) for column in table.columns]
    if mapping is not None:
        wanted = [getattr(mapping, column) for column in CANDLE_COLUMNS]
        wanted = [present[w] if isinstance(w, int) and 0 <= w < len(present) else w for w in wanted]
    else:
        lower = {column.lower(): column for column in present}
        time = next((lower[column] for column in TIME_NAMES if column in lower), "timestamp")
        wanted = [time, *(lower.get(column, column) for column in CANDLE_COLUMNS[1:])]
    shared = [column for column in wanted if present.count(column) > 1]
    if shared:
        raise UserError(f"{name} has {shared[0]} twice; take one of them out.")
    missing = [str(column) for column in wanted if column not in present]
    if missing:
        raise UserError(
            f"{name} has no column {', '.join(missing)}; needs {', '.join(CANDLE_COLUMNS)} "
            f"(found {', '.join(present[:8])})."
        )
    refuse_shared(name, wanted)
    return wanted
