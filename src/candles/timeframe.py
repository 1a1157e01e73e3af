"""The duration of one candle, as `ingest.timeframe` and the graphs name it. Light: a bot's machine loads it too."""

import re
from datetime import timedelta
from pathlib import Path

from src.core.errors import UserError

LONGEST_DAYS = 36_500
HOUR = timedelta(hours=1)


def parse_timeframe(text: str) -> timedelta:
    """The duration of a timeframe in the exchanges' notation: 1m, 15m, 1h, 4h, 1d.

    Raises:
        ValueError: not such a timeframe.
    """
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    found = re.fullmatch(r"([0-9]{1,8})([mhd])", text)
    length = int(found[1]) * units[found[2]] if found else timedelta(0)
    if not timedelta(0) < length <= timedelta(days=LONGEST_DAYS):
        raise ValueError(f"must be a timeframe such as 15m, 1h or 1d, and {LONGEST_DAYS}d at most")
    return length


def read_timeframe(root: Path) -> timedelta:
    """`ingest.timeframe` of ``root/params.yaml`` as a duration.

    Raises:
        UserError: it is missing or not a timeframe.
    """
    # pydantic, which a bot's machine has not installed.
    from src.core.params import read_value

    value = read_value(root, "ingest.timeframe")
    try:
        return parse_timeframe(str(value))
    except ValueError as error:
        raise UserError(f"{root / 'params.yaml'}: `ingest.timeframe`: {error} (found {value!r}).") from None
