"""Ask one ccxt exchange for pages of candles; look at every raw answer, because ccxt hides faults."""

import difflib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from src.candles import rules
from src.candles.exchange.cache import Page
from src.candles.exchange.instance import exchange_of
from src.candles.exchange.market import PIPELINE, Market, Words
from src.candles.exchange.pages import BITBANK_YEARLY_FROM, DEFAULT_LIMIT, Span, bitbank_pages, limit_pages
from src.core.errors import UserError

T = TypeVar("T")

TOO_MANY = {418, 429}
LONGEST_WAIT = 120.0
# bitbank's codes of errors that pass: system, busy, maintenance, overload.
PASSING_CODES = {"10001", "10003", "10005", "10007", "10008", "10009"}
# bitbank's code of a page that is not there.
NO_SUCH_PAGE = {"10000"}


class BadAnswerError(Exception):
    """An answer worth asking for again: after ``wait`` seconds, where the exchange said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class ExchangeClient:
    """Pages of closed candles of one market.

    Args:
        params: which market, and how patiently it is asked.
        timeframe: as 1h.
        step: its duration.
        say: gets a line whenever something is tried again.
        words: for errors.

    Raises:
        UserError: ccxt is missing, or the exchange, market or timeframe is unknown.
    """

    def __init__(
        self,
        params: Market,
        timeframe: str,
        step: timedelta,
        say: Callable[[str], None],
        words: Words = PIPELINE,
    ) -> None:
        self.params, self.timeframe, self.step, self._say, self._words = params, timeframe, step, say, words
        self._ccxt = _import_ccxt()
        self._exchange = exchange_of(self._ccxt, params, words.key)
        self._exchange.on_rest_response = self._checked
        self.requests = 0
        # Its clock when it made the answer, and seconds that the answer has lain in a cache since.
        self.server_time: datetime | None = None
        self.cached = 0.0
        if timeframe not in (self._exchange.timeframes or {}):
            known = ", ".join(self._exchange.timeframes or {})
            raise UserError(
                f"{params.id} has no candles of {timeframe} (it has {known}); take one of these, or set "
                f"`{words.key}.id` to another exchange."
            )

    def connect(self) -> None:
        """Load the markets, and with them the exchange's clock.

        Raises:
            UserError: it cannot be reached, or has no such market.
        """
        self._persistently(self._exchange.load_markets, "its markets")
        if self.params.symbol not in self._exchange.markets:
            close = difflib.get_close_matches(self.params.symbol, self._exchange.markets, 3, 0.5)
            hint = f" (there is {', '.join(close)})" if close else ""
            key = f"{self._words.key}.symbol"
            raise UserError(f"{self.params.id} has no market {self.params.symbol}{hint}; set `{key}`.")

    def pages(self, start: datetime, end: datetime) -> list[Span]:
        """The exchange's pages that cover [start, end)."""
        if self.params.id == "bitbank":
            return bitbank_pages(start, end, self.step)
        return limit_pages(start, end, self.step, self._limit())

    def fetch(self, span: Span, *, may_be_empty: bool = False) -> Page:
        """The candles the exchange has in ``span``: [ms, open, high, low, close, volume].

        Args:
            span: a page.
            may_be_empty: no candle is an answer, as in the newest page shortly after it began.

        Raises:
            UserError: it has none, or could not be asked.
        """
        limit, told = (None, self._bitbank_key(span)) if self.params.id == "bitbank" else (self._limit(), {})
        first, after = (int(edge.timestamp() * 1000) for edge in span)

        def ask() -> Page:
            try:
                rows = self._exchange.fetch_ohlcv(
                    self.params.symbol, self.timeframe, since=first, limit=limit, params=told
                )
            except self._ccxt.BaseError as error:
                if not (may_be_empty and _has_code(error, NO_SUCH_PAGE)):
                    raise
                rows = []
            inside = [row for row in rows if first <= row[0] < after]
            if not inside and not may_be_empty:
                raise BadAnswerError(f"no candle in an answer of {len(rows)}")
            # What is kept is not asked for again, so it must be sound.
            if fault := fault_of(inside):
                raise BadAnswerError(fault)
            return inside

        return self._persistently(ask, f"the candles of {span[0]:%Y-%m-%dT%H:%M} to {span[1]:%Y-%m-%dT%H:%M}")

    def _bitbank_key(self, span: Span) -> dict[str, str]:
        """ccxt asks for a day at every timeframe; from 4 h on bitbank knows years alone."""
        return {} if self.step < BITBANK_YEARLY_FROM else {"yyyymmdd": f"{span[0]:%Y}"}

    def _limit(self) -> int:
        features = self._exchange.features or {}
        spot = (features.get("spot") or {}).get("fetchOHLCV") or {}
        return int(spot.get("limit") or DEFAULT_LIMIT)

    def _persistently(self, ask: Callable[[], T], what: str) -> T:
        """``ask``, again and again with growing waits; what cannot pass is not asked twice."""
        import tenacity

        first = self.params.first_wait
        backoff = tenacity.wait_exponential(multiplier=first, max=60) + tenacity.wait_random(0, first)

        def wait(state: tenacity.RetryCallState) -> float:
            told = getattr(state.outcome.exception() if state.outcome else None, "wait", None)
            return told if told is not None else backoff(state)

        def say(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            self._say(f"{what}: {error}; trying again in {state.upcoming_sleep:.1f} s")

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.params.attempts),
            wait=wait,
            retry=tenacity.retry_if_exception(self._may_pass),
            before_sleep=say,
            reraise=True,
        )
        try:
            return retrying(_readable, ask)
        except (BadAnswerError, self._ccxt.BaseError) as error:
            tried = f" in {self.params.attempts} attempts" if self._may_pass(error) else ""
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"{self.params.id} did not give {what}{tried} ({type(error).__name__}: {reason}); {self._words.remedy}."
            ) from None

    def _may_pass(self, error: BaseException) -> bool:
        if isinstance(error, BadAnswerError):
            return error.wait is None or error.wait <= LONGEST_WAIT
        if isinstance(error, self._ccxt.OperationFailed):
            return True
        # A broken transfer comes as a plain ExchangeError that has the library's error as its cause.
        broken = isinstance(error, self._ccxt.ExchangeError) and isinstance(error.__cause__, OSError)
        return broken or _has_code(error, PASSING_CODES)

    def _checked(
        self, code: int, reason: str, _url: str, _method: str, headers: Mapping[str, str], body: str, *_: Any
    ) -> str:
        """ccxt's hook for every answer, before it reads a word of it: only whole JSON goes on."""
        self.requests += 1
        lower = {key.lower(): value for key, value in headers.items()}
        self.server_time, self.cached = _date(lower), _seconds(lower.get("age", "")) or 0.0
        if code in TOO_MANY:
            wait = _retry_after(lower, self.server_time)
            asked = "" if wait is None else f", asks to wait {wait:g} s"
            raise BadAnswerError(f"HTTP {code} too many requests{asked}", wait)
        if code >= 500:
            raise BadAnswerError(f"HTTP {code} {reason}", _retry_after(lower, self.server_time))
        try:
            json.loads(body)
        except ValueError:
            shown = " ".join(body.split())[:60]
            raise BadAnswerError(
                f"HTTP {code} with {len(body)} characters that are no whole JSON ({shown!r})"
            ) from None
        return body.strip()


def _readable(ask: Callable[[], T]) -> T:
    """``ask``; what ccxt or we stumble over is an answer of an unknown form."""
    try:
        return ask()
    except (AttributeError, TypeError, LookupError, ValueError, ArithmeticError) as error:
        raise BadAnswerError(f"JSON of an unknown form ({type(error).__name__}: {error})") from error


def fault_of(rows: Page) -> str | None:
    """What is wrong with candles as an exchange gave them, or None."""
    known: dict[float, list[float]] = {}
    for row in rows:
        moment = datetime.fromtimestamp(row[0] / 1000, UTC)
        if None in row:
            return f"a candle without a value at {moment:%Y-%m-%dT%H:%M}"
        if known.setdefault(row[0], row) != row:
            return f"two different candles at {moment:%Y-%m-%dT%H:%M}"
    values = np.array([row[1:6] for row in rows], dtype=np.float64).reshape(len(rows), 5)
    if fault := rules.fault_in(values):
        position, what = fault
        moment = datetime.fromtimestamp(rows[position][0] / 1000, UTC)
        return f"a broken candle at {moment:%Y-%m-%dT%H:%M}: {what}"
    return None


def _has_code(error: BaseException, codes: set[str]) -> bool:
    return any(re.search(rf'"code": *{code}\b', str(error)) for code in codes)


def _date(headers: Mapping[str, str]) -> datetime | None:
    """The exchange's clock; an answer from a cache is older, never newer."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None


def _seconds(told: str) -> float | None:
    return float(told) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", told) else None


def _retry_after(headers: Mapping[str, str], server_time: datetime | None) -> float | None:
    """Seconds to wait: told as a number or as a date."""
    told = headers.get("retry-after", "")
    if (seconds := _seconds(told)) is not None:
        return seconds
    try:
        until = parsedate_to_datetime(told).astimezone(UTC)
    except (ValueError, TypeError):
        return None
    return max(0.0, (until - server_time).total_seconds()) if server_time else None


def _import_ccxt() -> ModuleType:
    try:
        import ccxt
        import tenacity  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"candles of an exchange need ccxt and tenacity ({error}); run `make setup`, or on a bot's machine "
            "`make serve-setup`."
        ) from None
    module: ModuleType = ccxt
    return module
