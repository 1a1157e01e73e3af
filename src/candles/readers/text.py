"""Text tables: the six columns of every row, quickly where the table is plain, else cell by cell."""

import csv
import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from src.candles.contract import from_micros
from src.candles.readers.columns import Cells, Columns, epoch_times, typed
from src.candles.readers.layout import Layout, is_epoch, is_plain, lines_of
from src.candles.readers.symbols import refuse_symbols, symbol_position
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS


def read_text(content: bytes, name: str, layout: Layout, columns: Columns, zone: ZoneInfo | None) -> pd.DataFrame:
    """The contract's columns and `line` of a text table.

    Raises:
        UserError: see ``typed``; or a row with more or fewer cells than the first, or rows of several markets.
    """
    fast = read_fast(content, name, layout, columns) if zone is None else None
    frame = fast if fast is not None else read_careful(content, name, layout, columns, zone)
    if columns.other_volume is not None and not frame["volume"].any():
        other = replace(columns, positions=(*columns.positions[:5], columns.other_volume), other_volume=None)
        return read_text(content, name, layout, other, zone)
    return frame


def read_careful(content: bytes, name: str, layout: Layout, columns: Columns, zone: ZoneInfo | None) -> pd.DataFrame:
    """The reading that knows every case, cell by cell.

    Raises:
        UserError: see ``read_text``.
    """
    return typed(_split(content, name, layout, columns), columns, zone)


def read_fast(content: bytes, name: str, layout: Layout, columns: Columns) -> pd.DataFrame | None:
    """As the careful reading, for a table without a single unusual cell; else None.

    Raises:
        UserError: rows of several markets.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    # pyarrow holds every row against the first row alone, not against the header.
    if columns.time_format or len(layout.row) != layout.width or not is_plain(content):
        return None
    epoch = is_epoch(layout.row[columns.positions[0]])
    names = [f"f{position}" for position in columns.positions]
    if len(set(names)) < len(names):
        return None
    types = dict.fromkeys(names[1:], pa.float64()) | {names[0]: pa.int64() if epoch else pa.timestamp("us", tz="UTC")}
    symbol = symbol_position(layout)
    if symbol is not None:
        types[f"f{symbol}"] = pa.dictionary(pa.int32(), pa.string())
    try:
        table = arrow.read_csv(
            io.BytesIO(content),
            read_options=arrow.ReadOptions(skip_rows=layout.skip, autogenerate_column_names=True),
            parse_options=arrow.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
            convert_options=arrow.ConvertOptions(include_columns=list(types), column_types=types, null_values=[]),
        )
        moments = table.column(names[0])
        times = moments.to_numpy() if epoch else moments.cast(pa.int64()).to_numpy()
        columns_of = {"timestamp": epoch_times("", times) if epoch else from_micros(times)}
    except (pa.ArrowInvalid, pa.ArrowKeyError, UserError):
        return None
    columns_of |= {
        name: table.column(f"f{p}").to_numpy()
        for name, p in zip(CANDLE_COLUMNS[1:], columns.positions[1:], strict=True)
    }
    # A NaN has a sentence of its own in the careful reading.
    if not table.num_rows or any(np.isnan(columns_of[name]).any() for name in CANDLE_COLUMNS[1:]):
        return None
    if symbol is not None:
        refuse_symbols(name, {text.strip() for text in table.column(f"f{symbol}").unique().to_pylist()})
    lines = np.arange(layout.skip + 1, layout.skip + 1 + table.num_rows, dtype="int32")
    return pd.DataFrame(columns_of | {"line": lines}, copy=False)


def _split(content: bytes, name: str, layout: Layout, columns: Columns) -> Cells:
    lines = lines_of(content, name)
    for _ in range(layout.skip):
        next(lines, None)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    numbers: list[int] = []
    taken: tuple[list[str], ...] = tuple([] for _ in columns.positions)
    symbols, symbol = set(), symbol_position(layout)
    last = 0
    try:
        for cells in reader:
            line, goes_on, last = layout.skip + reader.line_num, reader.line_num - last > 1, reader.line_num
            if not cells:
                continue
            if goes_on:
                raise UserError(f"{name} line {line} ends a cell in quotes that began on another line; correct it.")
            if len(cells) != layout.width:
                raise UserError(
                    f"{name} line {line} has {len(cells)} cells where {layout.width} are expected; correct it."
                )
            numbers.append(line)
            for column, position in zip(taken, columns.positions, strict=True):
                column.append(cells[position])
            if columns.clock is not None:
                taken[0][-1] += f" {cells[columns.clock]}"
            if symbol is not None:
                symbols.add(cells[symbol].strip())
    except csv.Error as error:
        line = layout.skip + reader.line_num
        raise UserError(f"{name} line {line} is no row of a table ({error}); correct it.") from None
    refuse_symbols(name, symbols)
    return Cells(name, "line", numbers, taken)
