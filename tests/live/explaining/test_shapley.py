"""Shapley values of products: by hand, and against every order of the players."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.live.explaining.shapley import BySize, values_of_product
from tests.live.explaining.games import by_orders


def game(*worth: float) -> BySize:
    return BySize.of(np.array(worth, dtype="float64"))


def test_sums_over_coalitions_of_a_size_by_hand() -> None:
    # Worth 0 of nobody, 1 of the first, 2 of the second, 5 of both.
    found = game(0, 1, 2, 5)
    assert found.total.tolist() == [0, 3, 5]
    assert found.holding.tolist() == [[0, 1, 5], [0, 2, 5]]
    assert found.gains.tolist() == [[1, 3], [2, 4]]
    assert [values.tolist() for values in values_of_product([found])] == [[2, 3]]


def test_a_product_is_shared_by_hand() -> None:
    # 3 and 5 for the one who joins, else 0: both are needed for 15, so each gets half.
    first, second = values_of_product([game(0, 3), game(0, 5)])
    assert (first.tolist(), second.tolist()) == ([7.5], [7.5])
    # Nobody plays the second game, which is worth 2 whatever happens.
    first, second = values_of_product([game(1, 4), game(2)])
    assert (first.tolist(), second.tolist()) == ([6], [])


worths = st.integers(0, 4).flatmap(lambda k: st.lists(st.floats(-3, 3), min_size=2**k, max_size=2**k))


@given(worths, st.integers(0, 2).flatmap(lambda k: st.lists(st.floats(-3, 3), min_size=2**k, max_size=2**k)))
def test_they_are_the_mean_over_every_order_of_all_players(first: list[float], second: list[float]) -> None:
    count, other = len(first).bit_length() - 1, len(second).bit_length() - 1

    def worth(inside: frozenset[int]) -> float:
        mine = sum(1 << player for player in inside if player < count)
        theirs = sum(1 << player - count for player in inside if player >= count)
        return first[mine] * second[theirs]

    found = values_of_product([game(*first), game(*second)])
    assert np.concatenate(found) == pytest.approx(by_orders(worth, count + other), abs=1e-9)
