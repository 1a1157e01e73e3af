"""Shapley values of a product of games whose players differ, from each game's sums over coalitions of one size.

Source: Shapley (1953). A player's value is the mean, over all orders, of what the product gains when the player joins.
Only the size of the coalition counts in the weight, so each game is needed by size alone: the games are summed up
apart, and 17 and 19 players never become 2³⁶ coalitions.
"""

from dataclasses import dataclass
from math import factorial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from src.live.explaining.coalitions import coalitions

Values = NDArray[np.float64]


@dataclass(frozen=True)
class BySize:
    """A game of k players, summed over the coalitions of each size.

    Attributes:
        total: (k + 1,) over all coalitions of a size.
        holding: (k, k + 1) over those that hold a player.
    """

    total: Values
    holding: Values

    @classmethod
    def of(cls, worth: Values) -> Self:
        """Of (2 ** k,) the worth of each coalition, a set of bits."""
        players = len(worth).bit_length() - 1
        low = players // 2
        high = players - low
        grid = worth.reshape(2**high, 2**low)
        in_low, in_high = coalitions(low), coalitions(high)
        size_low, size_high = (np.eye(part.shape[1] + 1)[part.sum(axis=1)] for part in (in_low, in_high))
        # (2 ** high, low + 1) and (high + 1, 2 ** low): one half of the players by size already.
        by_low, by_high = grid @ size_low, size_high.T @ grid
        holding = [_anti_diagonals(by_high[:, has] @ size_low[has]) for has in in_low.T]
        holding += [_anti_diagonals(size_high[has].T @ by_low[has]) for has in in_high.T]
        return cls(_anti_diagonals(size_high.T @ by_low), np.array(holding).reshape(players, players + 1))

    @property
    def gains(self) -> Values:
        """(k, k): by player and size of the coalition without it, what these coalitions gain together."""
        return self.holding[:, 1:] - (self.total - self.holding)[:, :-1]


def values_of_product(games: list[BySize]) -> list[Values]:
    """(k,) for each game the Shapley values of its players in the product of the games."""
    players = sum(len(game.holding) for game in games)
    weights = np.array([factorial(size) * factorial(players - size - 1) for size in range(players)], dtype=object)
    weights = (weights / factorial(players)).astype("float64") if players else np.empty(0)
    found = []
    for game in games:
        others = np.ones(1)
        for other in games:
            if other is not game:
                others = np.convolve(others, other.total)
        sizes = np.arange(len(game.holding))[:, None] + np.arange(len(others))
        found.append(game.gains @ weights[sizes] @ others if len(game.holding) else np.empty(0))
    return found


def _anti_diagonals(table: Values) -> Values:
    """(a + 1, b + 1) → (a + b + 1,): the sums over entries whose places add up to the same."""
    rows, columns = table.shape
    found = np.zeros(rows + columns - 1)
    for row in range(rows):
        found[row : row + columns] += table[row]
    return found
