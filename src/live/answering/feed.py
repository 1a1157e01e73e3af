"""The newest closed candles of an exchange: asked for page by page, and only for what is not known yet."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import numpy as np

from src.candles.exchange.cache import Page
from src.candles.exchange.client import ExchangeClient
from src.candles.exchange.market import Market, Words
from src.candles.exchange.pages import Span, last_settled
from src.candles.timeframe import parse_timeframe
from src.core.errors import UserError
from src.live.answering.window import Window

# How many times the wanted bars are looked back for, where candles are missing.
LOOK_BACK = 2
# For the newest page, where the exchange's clock is ahead of what was thought.
MOST_TRIES = 3
WORDS = Words("exchange", "there is no answer without them: try again later")


class Feed:
    """Closed candles of one market; what was fetched once is kept, so that a running bot asks for one page a candle.

    Args:
        market: the section `exchange` of deploy/live.yaml.
        timeframe: of the graph, as 1h.
        say: gets a line whenever something is tried again.

    Raises:
        UserError: ccxt is missing, or the exchange or timeframe is unknown.
    """

    def __init__(self, market: Market, timeframe: str, say: Callable[[str], None] = lambda _: None) -> None:
        self._step = parse_timeframe(timeframe)
        self._client = ExchangeClient(market, timeframe, self._step, say, WORDS)
        self._known: dict[int, list[float]] = {}
        self._whole: set[Span] = set()
        # The exchange's clock, and what this machine's monotonic one said then.
        self._clock: tuple[datetime, float] | None = None

    def newest(self, bars: int) -> Window:
        """The newest ``bars`` closed candles, by the exchange's clock; fewer where it has no more.

        Raises:
            UserError: it cannot be reached, has no such market, tells no time, or gave no sound candles.
        """
        if self._clock is None:
            self._client.connect()
            self._clock = self._told()
        spans = self._newest_page(bars)
        first = spans[0][0]
        for span in reversed(spans):
            if span not in self._whole and span != spans[-1]:
                self._take(span)
                # A cache may have kept this page longer than the newest one.
                self._clock = max(self._clock, self._told(), key=_at_present)
            if sum(moment >= span[0].timestamp() for moment in self._known) >= bars:
                first = span[0]
                break
        self._forget_before(first)
        opened = np.array(sorted(self._known)[-bars:], dtype=np.int64)
        values = np.array([self._known[moment] for moment in opened.tolist()], dtype=np.float64).reshape(-1, 5)
        return Window(opened, values, _at_present(self._clock).timestamp(), int(self._step.total_seconds()))

    def _newest_page(self, bars: int) -> list[Span]:
        """The pages of a look back for ``bars``; the newest is always asked for, as it tells the time."""
        assert self._clock is not None
        spans: list[Span] = []
        for _ in range(MOST_TRIES):
            end = last_settled(_at_present(self._clock), self._step)
            spans = self._client.pages(end - LOOK_BACK * bars * self._step, end)
            self._take(spans[-1], may_be_empty=True)
            self._clock = self._told()
            # This machine may have slept, and its clock with it.
            if last_settled(_at_present(self._clock), self._step) <= spans[-1][1]:
                break
        return spans

    def _take(self, span: Span, *, may_be_empty: bool = False) -> None:
        """The candles of one page that were closed when it was made; a cache may hold an older page."""
        rows = self._client.fetch(span, may_be_empty=may_be_empty)
        closed = last_settled(self._made(), self._step)
        self._known |= _opened_by(rows, closed - self._step)
        last = (span[1] - self._step).timestamp()
        # The last candle of a page may be listed a little late.
        if closed > span[1] or (closed == span[1] and last in self._known):
            self._whole.add(span)

    def _made(self) -> datetime:
        """When the exchange made its last answer."""
        if self._client.server_time is None:
            raise UserError(
                f"{self._client.params.id} tells no time (no Date header), so no candle is known to be closed; set "
                f"`{WORDS.key}.id` to another exchange."
            )
        return self._client.server_time

    def _told(self) -> tuple[datetime, float]:
        """The exchange's clock by its last answer, and this machine's monotonic one."""
        return self._made() + timedelta(seconds=self._client.cached), monotonic()

    def _forget_before(self, start: datetime) -> None:
        """A bot may run for years."""
        self._known = {moment: row for moment, row in self._known.items() if moment >= start.timestamp()}
        self._whole = {span for span in self._whole if span[0] >= start}


def _at_present(clock: tuple[datetime, float]) -> datetime:
    """A clock as far as it went on since it was told."""
    told, at = clock
    return told + timedelta(seconds=monotonic() - at)


def _opened_by(rows: Page, latest: datetime) -> dict[int, list[float]]:
    """Of a page, the candles that opened by ``latest``, by their open time in seconds."""
    ms = latest.timestamp() * 1000
    return {int(row[0]) // 1000: [float(value) for value in row[1:6]] for row in rows if row[0] <= ms}
