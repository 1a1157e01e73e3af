"""Whatever happens to exchange and runner, the journal holds the rows that it should."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED
from tests.live.runner_world import HOUR, World

ANSWERED = {"up", "late", "killed", "jump"}
STATES = [*sorted(ANSWERED), "down", "dead", "unlisted"]
_NUMBERS = itertools.count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hours=st.lists(st.sampled_from(STATES), min_size=1, max_size=14),
    kills=st.lists(st.integers(0, 60), min_size=14, max_size=14),
)
def test_each_candle_has_the_row_it_should(hours: list[str], kills: list[int], tmp_path: Path) -> None:
    hours = ["up", *hours, "up"]
    chances = iter(kills)
    world = World(hours, lambda: next(chances))
    journal = tmp_path / f"{next(_NUMBERS)}.sqlite"
    world.live(journal)
    with JournalReader(journal) as reader:
        found = {row.opened: row for row in reader.predictions()}
        rows = reader.predictions_after(0)
        outcomes = {outcome.opened: outcome for outcome in reader.outcomes()}
        candles = {candle.opened: candle for candle in reader.candles()}
        assert reader.first_fault() is None
    assert sorted(found) == [world.opened(hour) for hour in range(len(hours))]
    assert len(rows) == len(found)
    for hour, state in enumerate(hours):
        row = found[world.opened(hour)]
        assert (row.reason != MISSED) == (state in ANSWERED), (hour, state, row)
        if row.reason == MISSED:
            assert row.probability is None
            assert row.share == 0
        elif row.probability is not None:
            assert row.probability == world.closes()[row.opened] / 1000
    assert {opened: candle.close for opened, candle in candles.items()}.items() <= world.closes().items()
    # A candle whose next one is missing has no outcome.
    assert sorted(outcomes) == [moment for moment in sorted(found) if {moment, moment + HOUR} <= candles.keys()]


@pytest.mark.parametrize("count", range(0, 70))
def test_a_kill_before_any_statement(count: int, tmp_path: Path) -> None:
    world = World(["up", "killed", "up"], lambda: count)
    world.live(tmp_path / "journal.sqlite")
    rows = JournalReader(tmp_path / "journal.sqlite").predictions()
    assert [(row.opened, row.reason) for row in rows] == [(world.opened(hour), None) for hour in range(3)]
