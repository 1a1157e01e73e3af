"""The known shapes of text tables, told by header and first row."""

from src.candles.params import ColumnMapping
from src.candles.readers.columns import Columns, refuse_shared
from src.candles.readers.layout import Layout, is_epoch
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
    if len(base) != 1 or time not in layout.header:
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


def _metatrader(layout: Layout) -> Columns | None:
    """Date and time in two columns, without a zone. Brokers without real volume write 0: then the ticks are taken."""
    names = [f"<{name}>" for name in ("date", "open", "high", "low", "close", "vol")]
    if any(layout.header.count(name) != 1 for name in names):
        return None
    positions = tuple(layout.header.index(name) for name in names)
    clock = layout.header.index("<time>") if "<time>" in layout.header else None
    ticks = layout.header.index("<tickvol>") if "<tickvol>" in layout.header else None
    short = clock is not None and len(layout.row) > clock and layout.row[clock].count(":") == 1
    clock_format = "" if clock is None else " %H:%M" if short else " %H:%M:%S"
    return Columns(positions, time_format=f"%Y.%m.%d{clock_format}", clock=clock, other_volume=ticks)


SHAPES = {
    "contract": _contract,
    "cryptodatadownload": _cryptodatadownload,
    "binance": _binance,
    "kraken": _kraken,
    "investing": _investing,
    "yfinance": _yfinance,
    "metatrader": _metatrader,
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
