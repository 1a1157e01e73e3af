"""What a model answers for every coalition of the features it sees, at once.

A coalition takes the explained candle's values of its features and those of one earlier candle of the others. A set of
features is a number whose bits they are.

A sum of trees is a sum of leaves, each reached by the coalitions that hold some features and lack others; as a
polynomial in the features' indicators it is known by few coefficients, and the sums over all subsets give its values
everywhere in k · 2ᵏ additions (Yates, 1937; "zeta transform"). So 2¹⁹ coalitions cost milliseconds.
"""

import numpy as np
from numpy.typing import NDArray

from src.live.explaining.trees import Leaves

Values = NDArray[np.float64]

# Bits that are transformed together by one product of matrices.
_TOGETHER = 4


def worth_of_leaves(leaves: Leaves) -> tuple[list[int], Values]:
    """The features (their bits) that change anything; (2 ** k,) the sum of the leaves for each coalition of them."""
    players = bits_of(int(np.bitwise_or.reduce(leaves.inside | leaves.outside, initial=0)))
    inside, outside = (_compact(masks, players) for masks in (leaves.inside, leaves.outside))
    value = leaves.value
    # v · [no feature of `outside`] = the sum of v · (−1)^|part| · [all of part], over the parts of `outside`.
    for place in range(len(players)):
        bit = 1 << place
        has = outside & bit != 0
        inside = np.concatenate([inside, inside[has] | bit])
        value = np.concatenate([value, -value[has]])
        outside = np.concatenate([outside, outside[has]])
    coefficients = np.bincount(inside, weights=value, minlength=2 ** len(players)).astype("float64")
    return players, _summed_over_subsets(coefficients)


def coalitions(players: int, first: int = 0, most: int | None = None) -> NDArray[np.bool_]:
    """(2 ** players, players) who is in each; or of at most ``most`` of them from the number ``first`` on."""
    end = 2**players if most is None else min(first + most, 2**players)
    return np.arange(first, end)[:, None] >> np.arange(players) & 1 == 1


def bits_of(mask: int) -> list[int]:
    """The bits that are set, lowest first."""
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _compact(masks: NDArray[np.int64], players: list[int]) -> NDArray[np.int64]:
    """The same sets where the features of ``players`` are numbered from 0."""
    found = np.zeros_like(masks)
    for place, bit in enumerate(players):
        found |= (masks >> bit & 1) << place
    return found


def _summed_over_subsets(table: Values) -> Values:
    """(2 ** k,) → (2 ** k,): for each set the sum over its subsets, itself included."""
    together = min(_TOGETHER, len(table).bit_length() - 1)
    sets = np.arange(2**together)
    is_subset = sets[:, None] & ~sets == 0
    table = (table.reshape(-1, 2**together) @ is_subset.astype("float64")).ravel()
    for bit in range(together, len(table).bit_length() - 1):
        halves = table.reshape(-1, 2, 2**bit)
        halves[:, 1] += halves[:, 0]
    return table
