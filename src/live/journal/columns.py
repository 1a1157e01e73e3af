"""Structs to the columns of their tables, and back."""

from typing import Any, TypeVar

import msgspec

from src.live.journal.rows import Candle, Event, Outcome, Prediction

Row = TypeVar("Row", Candle, Prediction, Outcome, Event)
TABLES: dict[type[Any], str] = {
    Candle: "candles",
    Prediction: "predictions",
    Outcome: "outcomes",
    Event: "events",
}


def columns(kind: type[Any]) -> tuple[str, ...]:
    """The columns of a struct's table."""
    names: tuple[str, ...] = kind.__struct_fields__
    return names


def made(kind: type[Row], row: tuple[Any, ...]) -> Row:
    """A row of SQLite as its struct."""
    content = dict(zip(columns(kind), row, strict=True))
    if kind is Prediction:
        content["outside"] = tuple(msgspec.json.decode(content["outside"]))
        content["trading_ready"] = bool(content["trading_ready"])
    return kind(**content)


def stored(row: Row) -> tuple[Any, ...]:
    """A struct as the values of its columns."""
    content = {name: getattr(row, name) for name in columns(type(row))}
    if isinstance(row, Prediction):
        content["outside"] = msgspec.json.encode(row.outside).decode()
        content["trading_ready"] = int(row.trading_ready)
    return tuple(content.values())
