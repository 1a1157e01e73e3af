"""JSON of exchanges: GMO klines, bitbank candlesticks, and lists of [time, open, high, low, close, volume]."""

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from src.candles.shapes.columns import Cells, Columns, typed
from src.errors import UserError

GMO_KEYS = ("openTime", "open", "high", "low", "close", "volume")
BITBANK_ORDER = (5, 0, 1, 2, 3, 4)
SIX = Columns(tuple(range(6)))


def read_json(text: str, name: str, named: str, zone: ZoneInfo | None) -> tuple[pd.DataFrame, str]:
    """The contract's columns and `line` (the candle's number in the document), and the shape.

    Raises:
        UserError: not whole JSON, an error answer, or no known shape.
    """
    try:
        document = json.loads(text, strict=False)
    except ValueError as error:
        raise UserError(f"{name} is not whole JSON ({error}); fetch it again.") from None
    found = list(_candles(document, name))
    shapes = {shape for shape, _ in found}
    if len(shapes) != 1 or named not in {"auto", *shapes}:
        wanted = "a known shape" if named == "auto" else f"the shape {named}"
        raise UserError(f"{name} holds no candles of {wanted}; `ingest.shape` lists what is known.")
    rows = [row for _, row in found]
    for number, row in enumerate(rows, start=1):
        if len(row) < len(GMO_KEYS):
            raise UserError(f"{name} item {number} has {len(row)} values where 6 are expected; correct it.")
    columns = tuple([str(row[position]) for row in rows] for position in range(6))
    return typed(Cells(name, "item", range(1, len(rows) + 1), columns), SIX, zone), shapes.pop()


def _candles(node: Any, name: str) -> Iterator[tuple[str, list[Any]]]:
    """Every candle below ``node`` with its shape, values in the order time, open, high, low, close, volume."""
    if isinstance(node, dict):
        _refuse_error_answer(node, name)
        if "ohlcv" in node:
            for row in node["ohlcv"]:
                yield (
                    "bitbank",
                    [row[position] for position in BITBANK_ORDER] if len(row) == len(BITBANK_ORDER) else row,
                )
        elif "openTime" in node:
            yield "gmo", [node[key] for key in GMO_KEYS if key in node]
        else:
            for key in sorted(node):
                yield from _candles(node[key], name)
    elif isinstance(node, list) and node and not isinstance(node[0], list | dict):
        yield "ccxt" if len(node) != 12 else "binance", node
    elif isinstance(node, list):
        for child in node:
            yield from _candles(child, name)


def _refuse_error_answer(node: dict[str, Any], name: str) -> None:
    """`success: 0` is bitbank's, `status: ≠ 0` GMO's way to say no."""
    if node.get("success", 1) != 1 or node.get("status", 0) != 0:
        shown = json.dumps(node, ensure_ascii=False)[:120]
        raise UserError(f"{name} is an error answer of the exchange ({shown}); fetch it again.")
