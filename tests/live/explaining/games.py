"""Shapley values the long way: every coalition, or every order, is asked."""

from collections.abc import Callable
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def by_orders(worth: Callable[[frozenset[int]], float], players: int) -> Values:
    """(players,) the mean gain over every order."""
    values = np.zeros(players)
    for order in permutations(range(players)):
        inside: frozenset[int] = frozenset()
        for player in order:
            values[player] += (worth(inside | {player}) - worth(inside)) / factorial(players)
            inside |= {player}
    return values


def by_coalitions(vote: Callable[[Values], Values], row: Values, background: Values) -> Values:
    """(k,) of ``vote`` at ``row``, a feature left out taking its values of ``background``; all 2 ** k are answered."""
    count = len(row)
    inside = np.arange(2**count)[:, None] >> np.arange(count) & 1 == 1
    worth = np.mean([vote(np.where(inside, row, other)) for other in background], axis=0)
    sizes = inside.sum(axis=1)
    weights = np.array([factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)])
    values = np.empty(count)
    for player in range(count):
        without = np.flatnonzero(~inside[:, player])
        values[player] = (weights[sizes[without]] * (worth[without + 2**player] - worth[without])).sum()
    return values
