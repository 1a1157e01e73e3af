"""Parquet and feather tables, freqtrade's among them."""

import ast
import io
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from src.candles.contract import DTYPE
from src.candles.params import POSSIBLE_YEARS, ColumnMapping
from src.candles.readers.columns import Cells, Columns, refuse_shared, refuse_told_zone, typed
from src.candles.readers.symbols import SYMBOL_NAMES, refuse_symbols
from src.candles.readers.unpack import LARGEST
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS
from src.core.shown import shown_path

# The last: times without a name in the index of pandas.
TIME_NAMES = ("timestamp", "date", "datetime", "open_time", "time", "__index_level_0__")
# Six columns of 8 bytes.
MOST_ROWS = LARGEST // 48


def read_binary(content: bytes, name: str, mapping: ColumnMapping | None, zone: ZoneInfo | None) -> pd.DataFrame:
    """The contract's columns and `line` (the row from 1).

    Raises:
        UserError: unreadable, a column missing, or a cell that is no time or number.
    """
    table = _table(content, name)
    wanted = _wanted(table, mapping, name)
    for column in table.columns:
        if column.lower() in SYMBOL_NAMES and list(table.columns).count(column) == 1:
            refuse_symbols(name, {str(value) for value in table[column].unique()})
    times = table[wanted[0]]
    _refuse_impossible(times, name)
    time_format = mapping.time_format if mapping else None
    if isinstance(times.dtype, pd.DatetimeTZDtype) and not times.isna().any() and _are_numbers(table[wanted[1:]]):
        refuse_told_zone(name, zone, "name their zone")
        frame = pd.DataFrame({"timestamp": times.dt.tz_convert("UTC").astype(DTYPE)})
        for column, source in zip(CANDLE_COLUMNS[1:], wanted[1:], strict=True):
            frame[column] = table[source].astype("float64")
        return frame.assign(line=np.arange(1, len(frame) + 1, dtype="int32"))
    texts = tuple([_text(value) for value in table[column]] for column in wanted)
    cells = Cells(name, "row", range(1, len(table) + 1), texts)
    return typed(cells, Columns(tuple(range(6)), time_format=time_format), zone)


def _text(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else shown_path(text)


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
    """The columns as the file has them, with text names; what pandas wrote about its index is not needed."""
    from pyarrow import feather, parquet

    try:
        if content[:4] == b"PAR1":
            file = parquet.ParquetFile(io.BytesIO(content))
            _refuse_rows(file.metadata.num_rows, name)
            read = file.read()
        else:
            read = feather.read_table(io.BytesIO(content))
            _refuse_rows(read.num_rows, name)
        table = read.to_pandas(ignore_metadata=True)
    except (UserError, MemoryError):
        raise
    # Every damage has an error of its own; each means that the table cannot be read.
    except Exception as error:
        reason = shown_path((str(error).strip() or type(error).__name__).split("\n")[0])[:200]
        raise UserError(f"{name} cannot be read ({reason}); give an intact file.") from None
    table.columns = _names([str(column) for column in table.columns], name)
    return table


def _refuse_rows(count: int, name: str) -> None:
    if count > MOST_ROWS:
        raise UserError(f"{name} says that it holds {count} rows, more than {MOST_ROWS}; give smaller files.")


def _names(written: list[str], name: str) -> list[str]:
    """`('Close', 'BTC-USD')`, as pandas writes columns of two levels and yfinance makes them, is Close of BTC-USD."""
    levels = [_levels(column) for column in written]
    refuse_symbols(name, {str(level[1]) for level in levels if len(level) > 1 and level[1]})
    return [shown_path(str(level[0])) for level in levels]


def _levels(written: str) -> tuple[object, ...]:
    try:
        value = ast.literal_eval(written) if written.startswith("(") else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        value = None
    return value if isinstance(value, tuple) and value else (written,)


def _wanted(table: pd.DataFrame, mapping: ColumnMapping | None, name: str) -> list[str]:
    present = list(table.columns)
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
