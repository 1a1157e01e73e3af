"""JSON of exchanges: GMO klines, bitbank candlesticks, and lists as ccxt, binance, kraken, … give them."""

import json
import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from src.candles.readers.columns import Cells, Columns, typed
from src.candles.readers.orders import ORDERS, in_order
from src.candles.readers.symbols import SYMBOL_NAMES, refuse_symbols
from src.core.errors import UserError
from src.core.shown import shown_path

GMO_KEYS = ("openTime", "open", "high", "low", "close", "volume")
BITBANK_ORDER = (5, 0, 1, 2, 3, 4)
# time, open, high, low, close, vwap, volume, count
KRAKEN_ORDER, KRAKEN_LENGTH = (0, 1, 2, 3, 4, 6), 8
SIX_VALUES = "lists of six values"
LENGTHS = {6: SIX_VALUES, 12: "binance"}
SIX = Columns(tuple(range(6)))
LARGEST = 1 << 28
# Documents may hold candles by day, under names such as 20240805, but not by market.
DAY = re.compile(r"[0-9][0-9TZ:./ -]*")

# Whose candle it is, its values in the order of the contract, and how many it had.
Candle = tuple[str, list[Any], int]


def read_json(text: str, name: str, named: str, zone: ZoneInfo | None) -> tuple[pd.DataFrame, str]:
    """The contract's columns and `line` (the candle's number in the document), and the shape.

    Raises:
        UserError: not whole JSON, an error answer, several markets, or no known shape.
    """
    if len(text) > LARGEST:
        raise UserError(f"{name} is JSON of more than {LARGEST >> 20} MB; give it in several files.")
    markets: set[str] = set()
    try:
        document = json.loads(text, strict=False, object_pairs_hook=lambda pairs: _object(pairs, name))
        found = list(_candles(document, name, markets))
        columns = tuple([_text(value) for value in values] for values in _columns(found, name))
    except RecursionError:
        raise UserError(f"{name} is nested too deeply to be candles; fetch it again.") from None
    except ValueError as error:
        raise UserError(f"{name} is not whole JSON ({error}); fetch it again.") from None
    refuse_symbols(name, markets)
    shapes = {shape for shape, _, _ in found}
    orders = ORDERS if shapes == {SIX_VALUES} else {}
    if len(shapes) != 1 or named not in {"auto", *orders, *shapes}:
        wanted = "one known shape" if named == "auto" else f"the shape {named}"
        has = f" but of {', '.join(sorted(shapes))}" if shapes else ""
        raise UserError(f"{name} holds no candles of {wanted}{has}; `ingest.shape` lists what is known.")
    table = typed(Cells(name, "item", range(1, len(found) + 1), columns), SIX, zone)
    return in_order(table, name, named) if orders else (table, shapes.pop())


def _object(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    """A dictionary would keep the last of two equal keys and lose the candles of the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise UserError(f"{name} has the key {_shown(twice)} twice in one object; take one of them out.")
    return found


def _text(value: Any) -> str:
    """As written; what no file can hold, such as half a character, as its escape."""
    text = str(value)
    return text if text.isprintable() else shown_path(text)


def _columns(found: list[Candle], name: str) -> list[list[Any]]:
    for number, (shape, values, count) in enumerate(found, start=1):
        if len(values) != len(GMO_KEYS):
            wanted = "6" if shape else "6 (ccxt) or 12 (binance)"
            raise UserError(f"{name} item {number} has {count} values where {wanted} are expected; correct it.")
    return [[values[position] for _, values, _ in found] for position in range(len(GMO_KEYS))]


def _candles(node: Any, name: str, markets: set[str], last: Any = None) -> Iterator[Candle]:
    """Every candle below ``node``; ``last`` is what the document around it calls so, ``markets`` collects names."""
    if isinstance(node, dict):
        _refuse_error_answer(node, name)
        markets |= {node[key] for key in SYMBOL_NAMES if isinstance(node.get(key), str)}
        if "ohlcv" in node:
            yield from _bitbank(node["ohlcv"], name)
        elif "openTime" in node:
            values = [node[key] for key in GMO_KEYS if key in node]
            yield "gmo", values, len(values)
        else:
            yield from _below(node, name, markets)
    elif isinstance(node, list) and node and not isinstance(node[0], list | dict):
        yield from _kraken(node, last) if isinstance(last, int) and len(node) == KRAKEN_LENGTH else _plain(node)
    elif isinstance(node, list):
        for child in node:
            if not isinstance(child, list | dict):
                raise UserError(f"{name} has {_shown(child)} among its candles; correct it.")
            yield from _candles(child, name, markets, last)


def _below(node: dict[str, Any], name: str, markets: set[str]) -> Iterator[Candle]:
    """The candles of each key; keys with candles are days, or there is one."""
    holding = []
    for key in sorted(node):
        holds = False
        for candle in _candles(node[key], name, markets, node.get("last")):
            holds = True
            yield candle
        holding += [key] * holds
    if len(holding) > 1 and not all(DAY.fullmatch(key) for key in holding):
        refuse_symbols(name, holding)


def _plain(row: list[Any]) -> Iterator[Candle]:
    shape = LENGTHS.get(len(row), "")
    yield shape, row[: len(GMO_KEYS)] if shape else [], len(row)


def _kraken(row: list[Any], last: int) -> Iterator[Candle]:
    """Others have eight values too, so only below a `last`: the last closed candle, after which an open one stands."""
    if not (isinstance(row[0], int) and row[0] > last):
        yield "kraken", [row[position] for position in KRAKEN_ORDER], len(row)


def _bitbank(rows: Any, name: str) -> Iterator[Candle]:
    if not isinstance(rows, list):
        raise UserError(f"{name} has `ohlcv` {_shown(rows)} where a list of candles is expected; fetch it again.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list):
            raise UserError(f"{name} has {_shown(row)} as candle {number} of `ohlcv`; correct it.")
        order = BITBANK_ORDER if len(row) == len(BITBANK_ORDER) else ()
        yield "bitbank", [row[position] for position in order], len(row)


def _shown(value: Any) -> str:
    return shown_path(repr(value))[:60]


def _refuse_error_answer(node: dict[str, Any], name: str) -> None:
    """`success: 0` is bitbank's, `status: ≠ 0` GMO's and a filled `error` kraken's way to say no."""
    if node.get("success", 1) != 1 or node.get("status", 0) != 0 or node.get("error"):
        shown = shown_path(json.dumps(node, ensure_ascii=False))[:120]
        raise UserError(f"{name} is an error answer of the exchange ({shown}); fetch it again.")
