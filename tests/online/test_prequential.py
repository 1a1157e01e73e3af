"""No learner sees a label before its time."""

from dataclasses import replace

import numpy as np
import pytest

from src.online.full import FullRetrain
from src.online.incremental import RIVER, Incremental
from src.online.learner import Learner
from src.online.prequential import prequential
from src.online.registry import UPDATES, learner_of
from tests.online.learners import SMALL, Share, market, rows

NAN = float("nan")


def answers(learner: Learner, *arguments: object, **named: object) -> list[float]:
    return [p for part in prequential(learner, *arguments, **named) for p in part.probability.tolist()]


def test_a_row_is_answered_before_the_labels_within_its_horizon_are_learned() -> None:
    learner = Share()
    told = answers(learner, rows([1, 0, 1, 1, 0, 0]), 2, 6, horizon=1)
    # Row 2 knows row 0; row 3 knows rows 0 and 1; row 4 rows 0 to 2; row 5 rows 0 to 3.
    assert learner.given == [("begin", 1), ("learn", 2), ("learn", 3), ("learn", 4)]
    assert told == [2 / 3, 2 / 4, 3 / 5, 4 / 6]
    later = Share()
    answers(later, rows([1, 0, 1, 1, 0, 0]), 2, 6, horizon=3)
    assert later.given == [("begin", 0), ("learn", 0), ("learn", 1), ("learn", 2)]


def test_a_row_without_a_label_is_answered_and_never_learned() -> None:
    learner = Share()
    assert len(answers(learner, rows([1, NAN, 1, 1, 0, NAN]), 2, 6, horizon=1)) == 4
    assert learner.given == [("begin", 1), ("learn", 1), ("learn", 2), ("learn", 3)]


def test_a_daily_learner_learns_at_midnight_and_begins_anew_on_the_first_of_the_month() -> None:
    # Four rows a day from Wednesday, 2020-01-29, 00:00 on.
    hours = [24 * 23 + 6 * place for place in range(16)]
    learner = Share("day", restart="month")
    answers(learner, rows([0] * 16, hours), 5, 16, horizon=1)
    # Midnights before rows 8 and 12; the latter is that of Saturday, the first of February.
    assert learner.given == [("begin", 4), ("learn", 7), ("begin", 11)]


def test_periods_are_calendar_days_weeks_from_monday_and_months() -> None:
    table = rows([0] * 4, [0, 23, 24, 24 * 26])
    assert np.diff(table.periods("day")).tolist() == [0, 1, 25]
    assert np.diff(table.periods("month")).tolist() == [0, 0, 1]
    sunday = rows([0] * 3, [-1, 0, 24 * 7 - 1])
    assert np.diff(sunday.periods("week")).tolist() == [1, 0]


def learners() -> dict[str, Learner]:
    found = {f"{name}-{way}": learner_of(f"{name}-{way}", SMALL) for name in SMALL for way in UPDATES}
    found |= {name: Incremental(name) for name in RIVER}
    return found | {f"full {name}": FullRetrain(name, SMALL[name], "day") for name in SMALL}


@pytest.mark.parametrize("name", list(learners()))
def test_the_future_shuffled_changes_nothing_before_it(name: str) -> None:
    # Row 312 is a midnight; a learner that saw the label of row 311 there would see a label of its own candle.
    horizon, cut, stop = 1, 311, 340
    table = market(stop, hours=6)
    target, features = table.target.copy(), table.features.copy()
    order = np.random.default_rng(3).permutation(stop - cut)
    target[cut:] = 1 - target[cut:]
    features[cut + horizon + 1 :] = features[cut:][order][horizon + 1 :]
    other = replace(table, target=target, features=features)
    plain, shuffled = (np.array(answers(learners()[name], one, 290, stop, horizon)) for one in (table, other))
    known = cut + horizon + 1 - 290
    np.testing.assert_array_equal(plain[:known], shuffled[:known])
    assert (plain[known:] != shuffled[known:]).any()
