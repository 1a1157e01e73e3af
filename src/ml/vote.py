"""The arithmetic of the vote: normalised weights, the weighted mean, and what two heads say together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

# As good as infinite: their sum could overflow.
TOO_LARGE = 1e300


def weighted_mean(values: Mapping[str, NDArray[np.float64]], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Σ weight · value over the names of ``weights``, always added in that order."""
    total: NDArray[np.float64] | None = None
    for name, weight in weights.items():
        part = weight * values[name]
        total = part if total is None else total + part
    assert total is not None
    return total


def direction_given_move(rise: NDArray[np.float64], move: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) P(rise | move) of (n,) P(rise) and P(move); ½ where a move is impossible."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(move == 0, 0.5, rise / move)


def normalised_weights(weights: Mapping[str, float], names: list[str]) -> dict[str, float]:
    """``weights`` in the order of ``names`` with sum 1.

    Raises:
        ValueError: other names, a weight that is not a finite number ≥ 0, or a sum of 0.
    """
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights must be given by name, not as {type(weights).__name__}")
    if set(weights) != set(names):
        raise ValueError(f"weights name {', '.join(sorted(weights)) or 'nothing'}; the members are {', '.join(names)}")
    for name, weight in weights.items():
        number = isinstance(weight, int | float | np.integer | np.floating) and not isinstance(weight, bool)
        if not (number and 0 <= weight < TOO_LARGE):
            raise ValueError(f"the weight of {name} must be a finite number ≥ 0, not {weight!r}")
    total = math.fsum(float(weight) for weight in weights.values())
    if total == 0:
        raise ValueError("at least one weight must be above 0")
    return {name: float(weights[name]) / total for name in names}


def voted(tables: Mapping[str, pd.DataFrame], weights: Mapping[str, float]) -> pd.DataFrame:
    """The members' tables of probabilities as one: the weighted mean of every column of probabilities.

    Args:
        tables: by member, of the same rows.
        weights: normalised or not.
    """
    shares = normalised_weights(weights, list(weights))
    first = next(iter(tables.values()))
    columns = [name for name in first.columns if name.startswith(("probability", "shuffled_"))]
    return first.assign(
        **{
            column: weighted_mean({name: tables[name][column].to_numpy() for name in shares}, shares)
            for column in columns
        }
    )
