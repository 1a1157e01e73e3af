"""The study of retraining: who is compared with whom, on which rows, counted by hand."""

import numpy as np
import pytest

from benchmarks.learners import DAY, MONTH, NEVER, Contestant, contestants
from benchmarks.retraining import BASE, VOTE, Course, _one, answers_of, costs, first_answered, losses_of, tasks_of
from tests.online.learners import SMALL, Share, rows

MEMBERS = ("lightgbm", "xgboost", "random_forest")
DAYS = 40


def test_the_last_104_whole_weeks_are_answered_or_the_newer_half() -> None:
    assert first_answered(43_393) == 43_393 - 104 * 168
    assert first_answered(10 * 168 + 100) == 10 * 168 + 100 - 5 * 168


def test_a_daily_training_in_parts_says_what_it_says_in_one() -> None:
    # Six hours apart, from 2020-01-06 on: a first of February lies among the answered rows.
    table = rows([place % 3 == 0 for place in range(4 * DAYS)], [6 * place for place in range(4 * DAYS)])
    daily = Contestant("x", DAY, Share("day"))
    tasks = tasks_of(table, 50, [daily, Contestant("x", MONTH, Share("month"))])
    assert [(start, stop) for _, _, start, stop in tasks] == [(50, 104), (104, 160), (50, 160)]
    parts = [_one(task, table, 1)[1] for task in tasks[:2]]
    whole = _one((("x", DAY), daily, 50, 160), table, 1)[1]
    np.testing.assert_array_equal(np.concatenate([part.probability for part in parts]), whole.probability)
    assert sum(len(part.seconds) for part in parts) == len(whole.seconds) == 28


def test_the_vote_of_a_way_takes_the_monthly_forest_and_needs_every_member_for_a_daily_training() -> None:
    said = {("lightgbm", MONTH): 0.1, ("xgboost", MONTH): 0.2, ("random_forest", MONTH): 0.3}
    said |= {("lightgbm", "refit"): 0.5, ("xgboost", "refit"): 0.6, ("lightgbm", DAY): 0.9}
    courses = {
        key: [Course(0, np.full(1, value), [9.0, 1.0, 3.0], 100), Course(1, np.full(1, value), [2.0], 50)]
        for key, value in said.items()
    }
    answers = answers_of(courses)
    np.testing.assert_allclose(answers[VOTE, MONTH], 0.4 * 0.1 + 0.4 * 0.2 + 0.2 * 0.3)
    np.testing.assert_allclose(answers[VOTE, "refit"], 0.4 * 0.5 + 0.4 * 0.6 + 0.2 * 0.3)
    assert (VOTE, DAY) not in answers
    # The first training is everybody's.
    assert costs(courses, "lightgbm", "refit") == ["3", "2", "6", "50"]
    assert costs(courses, VOTE, "refit") == ["3", "6", "18", "150"]


def test_the_base_rate_is_what_was_known_when_the_month_began() -> None:
    table = rows([1, 0, 1, 1, 1], [24 * 25 - 2, 24 * 25 - 1, 24 * 25, 24 * 26, 24 * 26 + 1])
    # Rows 3 and 4 are of February, which knows rows 0 and 1; row 2 begins in January and knows row 0.
    losses = losses_of(table, 3, 1, {("x", NEVER): np.array([0.25, 0.5])})
    np.testing.assert_allclose(losses[BASE], np.log([2, 2]))
    np.testing.assert_allclose(losses[f"x, {NEVER}"], np.log([4, 2]))


@pytest.mark.parametrize(("daily", "all_rows", "count"), [(MEMBERS, True, 28), ((), False, 21)])
def test_without_all_rows_nobody_goes_over_them_each_day(daily: tuple[str, ...], all_rows: bool, count: int) -> None:
    found = contestants(SMALL | {"random_forest": {}}, daily, all_rows)
    assert len(found) == count
    heavy = [one for one in found if one.way == DAY or one.way.endswith("each day on all rows")]
    assert len(heavy) == (7 if all_rows else 0)
