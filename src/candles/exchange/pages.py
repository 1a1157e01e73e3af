"""Cut a period into the pages an exchange serves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BITBANK_YEARLY_FROM = timedelta(hours=4)
DEFAULT_LIMIT = 500
# A candle may still change for a moment after its close.
SETTLING = timedelta(seconds=10)

Span = tuple[datetime, datetime]


def page_spans(
    start: datetime, end: datetime, next_edge: Callable[[datetime], datetime], first: datetime
) -> list[Span]:
    """Whole pages that together cover [start, end), from the page edge ``first`` ≤ start on."""
    spans = []
    while first < end:
        after = next_edge(first)
        if after > start:
            spans.append((first, after))
        first = after
    return spans


def bitbank_pages(start: datetime, end: datetime, step: timedelta) -> list[Span]:
    """One UTC day per page below 4 h, one calendar year from 4 h on."""
    if step < BITBANK_YEARLY_FROM:
        return page_spans(start, end, lambda edge: edge + DAY, _floor(start, DAY))
    year = start.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return page_spans(start, end, lambda edge: edge.replace(year=edge.year + 1), year)


def limit_pages(start: datetime, end: datetime, step: timedelta, limit: int) -> list[Span]:
    """Pages of ``limit`` candles on a fixed grid, so that a moved period meets the same pages again."""
    width = step * limit
    return page_spans(start, end, lambda edge: edge + width, _floor(start, width))


def last_settled(now: datetime, step: timedelta) -> datetime:
    """The newest close after which candles of ``step`` no longer change, at the time ``now`` of the exchange."""
    return _floor(now - SETTLING, step)


def _floor(moment: datetime, width: timedelta) -> datetime:
    return EPOCH + (moment - EPOCH) // width * width
