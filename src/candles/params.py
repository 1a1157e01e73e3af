"""The section `ingest` of params.yaml."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd
from pydantic import Field, ValidationInfo, field_validator, model_validator

from src.candles.timeframe import LONGEST_DAYS, parse_timeframe
from src.core.params import Section

SHAPES = (
    "auto",
    "contract",
    "cryptodatadownload",
    "binance",
    "kraken",
    "yfinance",
    "investing",
    "metatrader",
    "gmo",
    "bitbank",
    "ccxt",
    "coinbase",
    "bitfinex",
    "table",
)

UTC_NAMES = ("UTC", "Etc/UTC")
# Listed as time zones, but what they mean is a matter of the machine.
NO_ZONES = ("localtime", "Factory")

# Candles of other years are a damaged time, and break what comes after.
POSSIBLE_YEARS = (1970, 2200)
# A multiple; as good as no limit.
LARGEST_JUMP = 1e6
# What JSON and JavaScript, in which ccxt is written, hold exactly.
LARGEST_SETTING = 2**53 - 1
MOST_COLUMNS = 10_000

Column = Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=0, lt=MOST_COLUMNS)]


class InputFile(Section):
    """One of several files or URLs, and the bytes it must have."""

    path: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ColumnMapping(Section):
    """Which column is what, by header name or by position from 0."""

    timestamp: Column
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    time_format: str | None = None

    @field_validator("time_format")
    @classmethod
    def _time_format_is_one(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                pd.to_datetime(pd.Series(["x"]), format=value, errors="coerce")
            except (ValueError, re.error) as error:
                raise ValueError(f"must be a time format such as %d.%m.%Y %H:%M ({error})") from None
            # pandas knows "mixed" and "ISO8601" too; the first guesses.
            if "%" not in value:
                raise ValueError("must be a time format such as %d.%m.%Y %H:%M")
        return value


class Policies(Section):
    """What happens to candles that are not as they should be; params.yaml explains each."""

    duplicates: Literal["drop", "refuse"] = "drop"
    unsorted: Literal["sort", "refuse"] = "sort"
    off_grid: Literal["refuse", "drop"] = "refuse"
    mixed_timeframes: Literal["refuse", "keep"] = "refuse"
    future: Literal["refuse", "keep"] = "refuse"
    stale: Literal["refuse", "drop", "keep"] = "refuse"
    zero_volume: Literal["keep", "drop", "refuse"] = "keep"
    zero_volume_share: float = Field(default=0.01, ge=0, le=1)
    outliers: Literal["refuse", "drop", "keep"] = "refuse"
    outlier_jump: float = Field(default=0.5, gt=0, le=LARGEST_JUMP)
    volume_jump: float = Field(default=50.0, gt=1, le=LARGEST_JUMP)
    longest_gap: str = "1d"
    gap_share: float = Field(default=0.02, ge=0, le=1)
    coverage: float = Field(default=0.5, ge=0, le=1)

    @field_validator("longest_gap")
    @classmethod
    def _longest_gap_is_a_duration(cls, value: str) -> str:
        parse_timeframe(value)
        return value


class ExchangeParams(Section):
    """Which market of which ccxt exchange, and how patiently it is asked."""

    id: str = Field(default="bitbank", min_length=1)
    symbol: str = Field(default="BTC/JPY", min_length=1)
    timeout: float = Field(default=20.0, gt=0, le=3600)
    attempts: int = Field(default=6, ge=1, le=100)
    first_wait: float = Field(default=1.0, ge=0, le=60)
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("settings")
    @classmethod
    def _settings_are_plain(cls, value: dict[str, Any]) -> dict[str, Any]:
        _check_plain(value, ())
        return value


def _check_plain(value: Any, keys: tuple[str, ...]) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _check_plain(part, (*keys, key))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            _check_plain(part, (*keys, str(position)))
    elif isinstance(value, int | float) and not abs(value) <= LARGEST_SETTING:
        raise ValueError(f"`{'.'.join(keys)}` must be a finite number from -{LARGEST_SETTING} to {LARGEST_SETTING}")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"`{'.'.join(keys)}` must be text, a number, true, false, null, a list or a block")


class IngestParams(Section):
    """Where candles come from and which of them are taken."""

    source: Literal["snapshot", "csv", "exchange"]
    path: str = Field(min_length=1, max_length=1000)
    files: list[InputFile] = Field(default_factory=list)
    shape: Literal[SHAPES] = "auto"  # type: ignore[valid-type]
    columns: ColumnMapping | None = None
    timezone: str | None = None
    timeframe: str
    days: int | None = Field(default=None, gt=0, le=LONGEST_DAYS)
    end: str | None = None
    exchange: ExchangeParams = Field(default_factory=ExchangeParams)
    policies: Policies = Field(default_factory=Policies)

    @field_validator("path")
    @classmethod
    def _path_is_local(cls, value: str) -> str:
        # DVC would fetch a URL on every status, and knows other kinds than we.
        if "://" in value:
            raise ValueError("must be a file or folder of this machine; URLs go into `ingest.files`")
        if not value.isprintable():
            raise ValueError("must not hold characters that cannot be seen")
        return value

    @field_validator("timeframe")
    @classmethod
    def _timeframe_is_known(cls, value: str) -> str:
        parse_timeframe(value)
        return value

    @field_validator("files", "shape", "columns", "timezone")
    @classmethod
    def _only_source_csv_reads_it(cls, value: Any, info: ValidationInfo) -> Any:
        source = info.data.get("source", "csv")
        if source != "csv" and value not in ([], "auto", None):
            raise ValueError(f"has no effect with source {source}: set source csv, or take it out")
        return value

    @field_validator("columns")
    @classmethod
    def _columns_need_no_shape(cls, value: ColumnMapping | None, info: ValidationInfo) -> ColumnMapping | None:
        if value is not None and info.data.get("shape", "auto") not in {"auto", "table"}:
            raise ValueError(f"are not read where `ingest.shape` is {info.data['shape']}: set shape auto")
        return value

    @field_validator("timezone")
    @classmethod
    def _times_may_take_the_timezone(cls, value: str | None, info: ValidationInfo) -> str | None:
        columns = info.data.get("columns")
        written = (columns.time_format if columns else None) or ""
        # A Z in the format is matched, not understood; %Z would be.
        if written.endswith("Z") and not written.endswith("%Z") and value not in {None, *UTC_NAMES}:
            raise ValueError("must be UTC, as the Z at the end of `ingest.columns.time_format` says")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone_is_known(cls, value: str | None) -> str | None:
        if value is not None and (value in NO_ZONES or value not in available_timezones()):
            raise ValueError("must be a time zone such as UTC or Asia/Tokyo")
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
            first, last = POSSIBLE_YEARS
            # In this order: the first and the last day of datetime have no UTC time.
            if not (first <= moment.year <= last and first <= moment.astimezone(UTC).year <= last):
                raise ValueError(f"must lie between {first} and {last}")
        return value

    @model_validator(mode="after")
    def _an_exchange_needs_a_length(self) -> "IngestParams":
        if self.source == "exchange" and self.days is None:
            raise ValueError("source exchange needs `ingest.days`, how far back to fetch")
        return self

    @property
    def step(self) -> pd.Timedelta:
        """The duration of one candle."""
        return pd.Timedelta(parse_timeframe(self.timeframe))

    @property
    def end_time(self) -> datetime | None:
        """`end` in UTC."""
        return None if self.end is None else datetime.fromisoformat(self.end).astimezone(UTC)

    @property
    def zone(self) -> ZoneInfo | None:
        """What naive times in files are told to be."""
        return None if self.timezone is None else ZoneInfo(self.timezone)
