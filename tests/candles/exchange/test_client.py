import pytest

from src.candles.exchange.client import fault_of

MIDNIGHT = 1_577_836_800_000  # 2020-01-01
GOOD = [MIDNIGHT, 100.0, 103.0, 98.0, 101.0, 0.0]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([GOOD], None),
        ([GOOD, GOOD], None),
        ([[MIDNIGHT, 100.0, 100.0, 100.0, 100.0, 1.0]], None),
        ([GOOD, [*GOOD[:5], 0.5]], "two different candles at 2020-01-01T00:00"),
        ([[*GOOD[:4], None, 1.0]], "a candle without a value at 2020-01-01T00:00"),
        ([[*GOOD[:5], None]], "a candle without a value at 2020-01-01T00:00"),
        ([[MIDNIGHT, 100.0, 103.0, 0.0, 101.0, 1.0]], "a broken candle at 2020-01-01T00:00"),
        ([[MIDNIGHT, 100.0, 103.0, 100.5, 101.0, 1.0]], "a broken candle at 2020-01-01T00:00"),
        ([[MIDNIGHT, 100.0, 103.0, 98.0, 97.0, 1.0]], "a broken candle at 2020-01-01T00:00"),
        ([[MIDNIGHT, 104.0, 103.0, 98.0, 101.0, 1.0]], "a broken candle at 2020-01-01T00:00"),
        ([[MIDNIGHT, 100.0, 103.0, 98.0, 103.5, 1.0]], "a broken candle at 2020-01-01T00:00"),
        ([[*GOOD[:5], -0.5]], "a broken candle at 2020-01-01T00:00"),
    ],
)
def test_what_an_exchange_may_not_give(rows: list[list[float]], fault: str | None) -> None:
    assert (fault_of(rows) or "").startswith(fault or "")
    assert bool(fault_of(rows)) == bool(fault)
