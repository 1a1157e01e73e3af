"""The section `ingest` of params.yaml."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pandas as pd
from pydantic import Field, field_validator

from src.params import Section


class IngestParams(Section):
    """Where candles come from and which of them are taken."""

    source: Literal["snapshot", "csv"]
    path: str = Field(min_length=1)
    timeframe: str
    days: int | None = Field(default=None, gt=0)
    end: str | None = None

    @field_validator("timeframe")
    @classmethod
    def _timeframe_is_known(cls, value: str) -> str:
        parse_timeframe(value)
        return value

    @field_validator("end")
    @classmethod
    def _end_has_a_zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                raise ValueError("must be a time such as 2019-10-17T00:00:00Z") from None
            if moment.tzinfo is None:
                raise ValueError("must name its time zone, as in 2019-10-17T00:00:00Z")
        return value

    @property
    def step(self) -> pd.Timedelta:
        """The duration of one candle."""
        return parse_timeframe(self.timeframe)

    @property
    def end_time(self) -> datetime | None:
        """`end` in UTC."""
        return None if self.end is None else datetime.fromisoformat(self.end).astimezone(UTC)


def parse_timeframe(text: str) -> pd.Timedelta:
    """The duration of a timeframe in the exchanges' notation: 1m, 15m, 1h, 4h, 1d.

    Raises:
        ValueError: not such a timeframe.
    """
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    if not (text[:-1].isdecimal() and int(text[:-1]) > 0 and text[-1:] in units):
        raise ValueError("must be a timeframe such as 15m, 1h or 1d")
    return pd.Timedelta(int(text[:-1]) * units[text[-1]])
