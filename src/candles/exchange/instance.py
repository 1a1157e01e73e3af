"""The ccxt object of one exchange, with the settings that params.yaml hands to it."""

import difflib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from src.candles.exchange.market import PIPELINE, Market
from src.core.errors import UserError
from src.core.shown import shown_path

KINDS = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def exchange_of(ccxt: ModuleType, params: Market, key: str = PIPELINE.key) -> Any:
    """The exchange named by ``params``, which stand at ``key`` of their file; it gives candles.

    Raises:
        UserError: ccxt does not know it, it gives none, or cannot take the settings.
    """
    if params.id not in ccxt.exchanges:
        close = difflib.get_close_matches(params.id, ccxt.exchanges, 3)
        hint = f" (there is {', '.join(close)})" if close else ""
        raise UserError(f"ccxt knows no exchange {params.id!r}{hint}; set `{key}.id`.")
    kind = getattr(ccxt, params.id)
    _refuse_wrong_types(kind(), params.settings, f"{key}.settings")
    settings = {"enableRateLimit": True, "timeout": int(params.timeout * 1000)} | dict(params.settings)
    try:
        exchange = kind(settings)
    # ccxt checks none of them; what it stumbles over is a setting.
    except Exception as error:
        raise UserError(
            f"`{key}.settings` cannot be taken by {params.id} of ccxt "
            f"({type(error).__name__}: {shown_path(str(error))[:100]}); correct them."
        ) from None
    if not exchange.has.get("fetchOHLCV"):
        raise UserError(f"{params.id} gives no candles; set `{key}.id` to another exchange.")
    return exchange


def _refuse_wrong_types(exchange: Any, settings: Mapping[Any, Any], where: str) -> None:
    """Each setting is of the kind that the exchange has there already; what it does not have is free."""
    for key, value in settings.items():
        if not isinstance(key, str):
            raise UserError(f"`{where}` has the key {key!r}, which is no text; put it in quotes.")
        known = exchange.get(key) if isinstance(exchange, dict) else getattr(exchange, key, None)
        wanted = KINDS.get(type(known))
        if wanted is not None and wanted != KINDS.get(type(value)):
            raise UserError(f"`{where}.{key}` must be {wanted} (found {str(value)[:60]!r}); correct it.")
        if isinstance(known, dict) and known:
            _refuse_wrong_types(known, value, f"{where}.{key}")
