"""Lists of six values, which exchanges order in three ways; the rows tell which."""

import numpy as np
import pandas as pd

from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS

# Where open, high, low and close stand after the time; volume is last everywhere.
ORDERS = {
    "ccxt": ("open", "high", "low", "close"),
    "bitfinex": ("open", "close", "high", "low"),
    "coinbase": ("low", "high", "open", "close"),
}
PRICES = list(CANDLE_COLUMNS[1:5])


def in_order(table: pd.DataFrame, name: str, named: str) -> tuple[pd.DataFrame, str]:
    """``table``, read as ccxt's, with each price in its own column, and whose order it is.

    A row speaks for an order when low ≤ open, close ≤ high in it. The order with the fewest rows against it is taken.

    Raises:
        UserError: two orders with the fewest give different candles.
    """
    tables = {order: _renamed(table, order) for order in ORDERS if named in {"auto", order}}
    against = {order: _broken(candles) for order, candles in tables.items()}
    fewest = [order for order, count in against.items() if count == min(against.values())]
    first = fewest[0]
    for other in fewest[1:]:
        if not min(against.values()) and not tables[first].equals(tables[other]):
            raise UserError(
                f"{name} has lists of six values that may be in the order of {first} or of {other}; "
                f"set `ingest.shape` to {first} or {other}."
            )
    return tables[first], first


def _renamed(table: pd.DataFrame, order: str) -> pd.DataFrame:
    return table.rename(columns=dict(zip(PRICES, ORDERS[order], strict=True)))[list(table)]


def _broken(candles: pd.DataFrame) -> int:
    low = candles[["open", "high", "close"]].min(axis=1).to_numpy() < candles["low"].to_numpy()
    high = candles[["open", "low", "close"]].max(axis=1).to_numpy() > candles["high"].to_numpy()
    return int(np.count_nonzero(low | high))
