"""Text tables: tell the shape, read the six columns."""

import csv
import io
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from src.candles.contract import from_micros
from src.candles.params import ColumnMapping
from src.candles.readers.columns import Cells, Columns, epoch_times, refuse_shared, typed
from src.candles.readers.layout import Layout, decoded, is_epoch
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS


def _contract(layout: Layout) -> Columns | None:
    return _by_header(layout, dict.fromkeys(CANDLE_COLUMNS, ""))


def _by_header(layout: Layout, aliases: dict[str, str], **extra: object) -> Columns | None:
    wanted = [alias or name for name, alias in aliases.items()]
    if any(layout.header.count(name) != 1 for name in wanted):
        return None
    return Columns(tuple(layout.header.index(name) for name in wanted), **extra)  # type: ignore[arg-type]


def _cryptodatadownload(layout: Layout) -> Columns | None:
    """Old files: AM/PM dates of UTC; new ones: epochs. The base currency's volume is asked for."""
    if "symbol" not in layout.header or len(layout.row) != len(layout.header):
        return None
    symbol = layout.row[layout.header.index("symbol")].lower().replace("/", "")
    volumes = [name for name in layout.header if name.startswith("volume")]
    base = [name for name in volumes if len(name) > len("volume") and symbol.startswith(name[len("volume_") :])]
    time = "unix" if "unix" in layout.header else "date"
    if len(base) != 1:
        return None
    am_pm = time == "date" and layout.row[layout.header.index("date")][-2:] in {"AM", "PM"}
    names = {"timestamp": time, "open": "", "high": "", "low": "", "close": "", "volume": base[0]}
    return _by_header(layout, names, time_format="%Y-%m-%d %I-%p" if am_pm else None, zone="UTC")


def _binance(layout: Layout) -> Columns | None:
    if layout.header:
        return _by_header(layout, dict.fromkeys(CANDLE_COLUMNS, "") | {"timestamp": "open_time"})
    return Columns(tuple(range(6))) if len(layout.row) == 12 and is_epoch(layout.row[0]) else None


def _kraken(layout: Layout) -> Columns | None:
    # timestamp, open, high, low, close, volume, trades
    if layout.header or len(layout.row) != 7 or not is_epoch(layout.row[0]):
        return None
    return Columns(tuple(range(6)))


def _yfinance(layout: Layout) -> Columns | None:
    time = next((name for name in ("datetime", "date", "price") if name in layout.header), None)
    return _by_header(layout, dict.fromkeys(CANDLE_COLUMNS, "") | {"timestamp": time}) if time else None


def _investing(layout: Layout) -> Columns | None:
    japanese = _by_header(
        layout,
        dict(zip(CANDLE_COLUMNS, ("日付け", "始値", "高値", "安値", "終値", "出来高"), strict=True)),
        time_format="%Y年%m月%d日",
        decorated=True,
    )
    english = dict(zip(CANDLE_COLUMNS, ("date", "open", "high", "low", "price", "vol."), strict=True))
    return japanese or _by_header(layout, english, time_format="%m/%d/%Y", decorated=True)


SHAPES = {
    "contract": _contract,
    "cryptodatadownload": _cryptodatadownload,
    "binance": _binance,
    "kraken": _kraken,
    "investing": _investing,
    "yfinance": _yfinance,
}


def shape_of(layout: Layout, named: str, name: str) -> tuple[str, Columns]:
    """The first shape that fits, or the named one.

    Raises:
        UserError: none fits.
    """
    for shape, columns in SHAPES.items():
        found = columns(layout) if named in {"auto", shape} else None
        if found is not None:
            return shape, found
    what = f"header {', '.join(layout.names[:12])}" if layout.header else f"first row {','.join(layout.row[:12])}"
    wanted = "no known shape" if named == "auto" else f"not the shape {named}"
    missing = [column for column in CANDLE_COLUMNS if column not in layout.header] if layout.header else []
    needs = f"; it has no column {', '.join(missing)}" if missing else ""
    raise UserError(f"{name} has {wanted} ({what}){needs}; name its columns in `ingest.columns`.")


def mapped_columns(layout: Layout, mapping: ColumnMapping, name: str) -> Columns:
    """The positions of ``mapping``.

    Raises:
        UserError: a name or position the file does not have, or has for two roles.
    """
    positions: list[int] = []
    for column in CANDLE_COLUMNS:
        wanted = getattr(mapping, column)
        width = len(layout.names or layout.row)
        if isinstance(wanted, str) and layout.names.count(wanted) == 1:
            positions.append(layout.names.index(wanted))
        elif isinstance(wanted, int) and 0 <= wanted < width:
            positions.append(wanted)
        else:
            raise UserError(
                f"{name}: `ingest.columns.{column}` is {wanted!r}, but the file has {width} columns"
                f"{' named ' + ', '.join(layout.names) if layout.names else ' without names'}; correct it."
            )
    refuse_shared(name, positions)
    return Columns(tuple(positions), time_format=mapping.time_format, decorated=True)


def read_text(content: bytes, name: str, layout: Layout, columns: Columns, zone: ZoneInfo | None) -> pd.DataFrame:
    """The contract's columns and `line` of a text table.

    Raises:
        UserError: see ``typed``; or a row with more or fewer cells than the first.
    """
    fast = None if columns.time_format else _read_fast(content, layout, columns)
    return fast if fast is not None else typed(_split(decoded(content, name), name, layout, columns), columns, zone)


def _read_fast(content: bytes, layout: Layout, columns: Columns) -> pd.DataFrame | None:
    """As the careful reading, for a table without a single unusual cell; else None."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    epoch = is_epoch(layout.row[columns.positions[0]]) if layout.row else False
    names = [f"f{position}" for position in columns.positions]
    if len(set(names)) < len(names):
        return None
    types = dict.fromkeys(names[1:], pa.float64()) | {names[0]: pa.int64() if epoch else pa.timestamp("us", tz="UTC")}
    try:
        table = arrow.read_csv(
            io.BytesIO(content),
            read_options=arrow.ReadOptions(skip_rows=layout.skip, autogenerate_column_names=True),
            parse_options=arrow.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
            convert_options=arrow.ConvertOptions(include_columns=names, column_types=types, null_values=[]),
        )
        times = table.column(0).to_numpy() if epoch else table.column(0).cast(pa.int64()).to_numpy()
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
    lines = np.arange(layout.skip + 1, layout.skip + 1 + table.num_rows, dtype="int32")
    return pd.DataFrame(columns_of | {"line": lines}, copy=False)


def _split(text: str, name: str, layout: Layout, columns: Columns) -> Cells:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    width = len(layout.names or layout.row)
    try:
        for cells in reader:
            if reader.line_num <= layout.skip or not cells:
                continue
            if len(cells) != width:
                raise UserError(
                    f"{name} line {reader.line_num} has {len(cells)} cells where {width} are expected; correct it."
                )
            lines.append(reader.line_num)
            rows.append(cells)
    except csv.Error as error:
        raise UserError(f"{name} line {reader.line_num} is no row of a table ({error}); correct it.") from None
    return Cells(name, "line", lines, tuple([row[position] for row in rows] for position in columns.positions))
