"""One file holds the candles of one market."""

from collections.abc import Collection

from src.candles.readers.layout import Layout
from src.core.errors import UserError
from src.core.shown import shown_path

SYMBOL_NAMES = ("symbol", "ticker", "pair", "market", "instrument", "coin", "tic")


def symbol_position(layout: Layout) -> int | None:
    """Where a text table names the market of each row, if it does."""
    return next((layout.header.index(name) for name in SYMBOL_NAMES if name in layout.header), None)


def refuse_symbols(name: str, found: Collection[str]) -> None:
    """``found`` is one market, or none.

    Raises:
        UserError: they are several.
    """
    if len(found) > 1:
        shown = ", ".join(shown_path(symbol)[:30] or "nothing" for symbol in sorted(found)[:4])
        raise UserError(f"{name} holds {len(found)} markets ({shown}); give the candles of one.")
