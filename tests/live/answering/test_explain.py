"""Shapley values: by hand, their axioms, and of a real version."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.bundle.folder import open_bundle
from src.core.errors import UserError
from src.live.answering.explain import BACKGROUND, BEFORE, explain, shapley_values
from src.live.answering.window import Window
from tests.live.runner_tree import ONE, Tree
from tests.live.windows import HOUR

WEIGHTS = np.array([2.0, -1.0, 0.5])


def linear(rows: np.ndarray) -> np.ndarray:
    return rows @ WEIGHTS


def tangled(rows: np.ndarray) -> np.ndarray:
    return rows[:, 0] * rows[:, 1] + np.maximum(rows[:, 1], rows[:, 2])


def test_of_a_sum_they_are_its_parts() -> None:
    row, background = np.array([1.0, 2.0, 4.0]), np.array([[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]])
    assert shapley_values(linear, row, background) == pytest.approx(WEIGHTS * (row - 1))


def test_a_product_is_shared_by_hand() -> None:
    # Against 0, 0 the product of 3 and 5 needs both: each gets half.
    assert shapley_values(lambda rows: rows.prod(axis=1), np.array([3.0, 5.0]), np.zeros((1, 2))) == pytest.approx(7.5)


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_they_are_the_mean_over_every_order_of_the_features(values: list[float]) -> None:
    row, other = np.array(values[:3]), np.array(values[3:])
    expected = np.zeros(3)
    for order in permutations(range(3)):
        mixed = other.copy()
        for feature in order:
            before = tangled(mixed[None])[0]
            mixed[feature] = row[feature]
            expected[feature] += (tangled(mixed[None])[0] - before) / math.factorial(3)
    assert shapley_values(tangled, row, other[None]) == pytest.approx(expected, abs=1e-9)


@pytest.fixture
def loaded(bot: Tree):
    return open_bundle(bot.bundles / ONE, git=bot.settings.git.remote)


def window_of(values: np.ndarray) -> Window:
    return Window(np.arange(len(values), dtype=np.int64) * HOUR, values, len(values) * HOUR, HOUR)


def test_the_values_of_a_version_add_up_to_what_it_answers(loaded, snapshot) -> None:
    warmup = loaded.signal.facts.warmup
    values = snapshot[["open", "high", "low", "close", "volume"]].to_numpy()[: warmup + BEFORE]
    found = explain(loaded, window_of(values))
    answer = loaded.signal.run(candles=values[None, -warmup:])["probability"][0]
    assert found.probability == pytest.approx(answer, abs=1e-6)
    assert sum(one.probability for one in found.contributions) == pytest.approx(
        found.probability - found.usual, abs=1e-9
    )
    assert {one.feature for one in found.contributions} == set(loaded.ensemble.facts.feature_names)
    sizes = [abs(one.probability) for one in found.contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert found.background == BACKGROUND
    # The first candle of the week before is the oldest in the background; nothing older than its window counts.
    earlier = np.concatenate([values[:1] * 2, values])
    assert explain(loaded, window_of(earlier)).contributions == found.contributions


def test_too_few_candles_are_told(loaded, snapshot) -> None:
    needed = loaded.signal.facts.warmup + BEFORE
    values = snapshot[["open", "high", "low", "close", "volume"]].to_numpy()[: needed - 2]
    with pytest.raises(UserError, match=rf"{needed - 2} candles are known and {needed} are needed .* wait for 2 more"):
        explain(loaded, window_of(values))
