"""The rules of the candle contract, as functions of arrays: one copy for the pipeline and for live candles.

Values are float64 (n, 5) in the order of ``OHLCV``; a mask is true where a rule is broken.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.core.names import OHLCV

Values = NDArray[np.float64]
Times = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        sentence: what is wrong, after the column's name (a rule of columns) or alone (a rule of candles).
        broken: the mask of a column (n,), or of candles (n, 4 or 5).
    """

    sentence: str
    broken: Callable[[Values], Mask]


MISSING = Rule("is not a number", np.isnan)
INFINITE = Rule("is infinite", lambda column: column == np.inf)
# A NaN breaks these rules as well; whoever counts them apart looks for it first.
PRICE = (Rule("is not above 0", lambda column: ~(column > 0)), INFINITE)
VOLUME = (Rule("is below 0", lambda column: ~(column >= 0)), INFINITE)
COLUMNS = dict.fromkeys(OHLCV[:4], PRICE) | {"volume": VOLUME}
CANDLE = (
    Rule("low is above high", lambda values: ~(values[:, 2] <= values[:, 1])),
    Rule("open is outside [low, high]", lambda values: _outside(values, 0)),
    Rule("close is outside [low, high]", lambda values: _outside(values, 3)),
)
NOT_LATER = "is not later than the row before"


def not_later(times: Times) -> Mask:
    """Rows whose time is not after that of the row before."""
    late = np.zeros(len(times), dtype=bool)
    late[1:] = times[1:] <= times[:-1]
    return late


def off_grid(times: Times, step: int) -> Mask:
    """Rows whose time is no multiple of ``step``, both in the same unit since 1970."""
    off: Mask = times % step != 0
    return off


def sound(values: Values) -> Mask:
    """Rows that keep every rule of values."""
    # A NaN breaks each rule.
    fine = np.ones(len(values), dtype=bool)
    for position, rules in enumerate(COLUMNS.values()):
        for rule in rules:
            fine &= ~rule.broken(values[:, position])
    for rule in CANDLE:
        fine &= ~rule.broken(values)
    return fine


def fault_in(values: Values) -> tuple[int, str] | None:
    """The first row that breaks a rule and what is wrong with it, as `close 97.0 is outside [low, high]`; or None."""
    broken = (~sound(values)).nonzero()[0]
    if not len(broken):
        return None
    row = int(broken[0])
    candle = values[row : row + 1]
    for name, value in zip(OHLCV, candle[0], strict=True):
        for rule in (MISSING, *COLUMNS[name]):
            if rule.broken(np.array([value]))[0]:
                return row, f"{name} {rule.sentence} ({float(value)!r})"
    rule = next(rule for rule in CANDLE if rule.broken(candle)[0])
    prices = ", ".join(f"{name} {float(value)!r}" for name, value in zip(OHLCV[:4], candle[0], strict=False))
    return row, f"{rule.sentence} ({prices})"


def _outside(values: Values, position: int) -> Mask:
    price = values[:, position]
    inside: Mask = (values[:, 2] <= price) & (price <= values[:, 1])
    return ~inside
