from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from src.candles.exchange.pages import bitbank_pages, limit_pages

HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def test_bitbank_pages_are_utc_days_below_four_hours() -> None:
    start = datetime(2024, 2, 28, 7, tzinfo=UTC)
    spans = bitbank_pages(start, start + timedelta(days=2), HOUR)
    assert [span[0].isoformat()[:10] for span in spans] == ["2024-02-28", "2024-02-29", "2024-03-01"]


def test_bitbank_pages_are_years_from_four_hours_on() -> None:
    spans = bitbank_pages(datetime(2022, 12, 31, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), 4 * HOUR)
    assert [span[0].year for span in spans] == [2022, 2023]


@given(start=MOMENTS, hours=st.integers(1, 5000), limit=st.integers(1, 1500), shift=st.integers(0, 100))
def test_pages_cover_the_period_without_overlap_on_a_grid_of_their_own(
    start: datetime, hours: int, limit: int, shift: int
) -> None:
    end = start + hours * HOUR
    spans = limit_pages(start, end, HOUR, limit)
    assert spans[0][0] <= start < spans[0][1]
    assert spans[-1][0] < end <= spans[-1][1]
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    moved = limit_pages(start + shift * HOUR, end + shift * HOUR, HOUR, limit)
    assert {span for span in moved if span[1] <= end} <= set(spans)
