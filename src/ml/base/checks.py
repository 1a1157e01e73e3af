"""Refuse feature arrays that no member can use."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from src.core.names import FEATURE_NAMES

FIRST_CELLS = 3
LARGEST = float(np.finfo("float32").max)


def checked_features(features: ArrayLike, names: tuple[str, ...] = FEATURE_NAMES) -> NDArray[np.float64]:
    """``features`` as an (n, k) float64 array.

    Args:
        features: an array, nested list or DataFrame; a DataFrame's columns must be ``names`` in order.
        names: the k features that the model was made for.

    Raises:
        ValueError: another width or order, or a value that is NaN, infinite or beyond float32.
    """
    columns = getattr(features, "columns", None)
    try:
        array = np.asarray(features, dtype="float64")
    except (TypeError, ValueError):
        raise ValueError(f"features must be numbers in an (n, {len(names)}) array") from None
    if array.ndim != 2:
        raise ValueError(f"features must be an (n, {len(names)}) array, not one of {array.ndim} dimensions")
    if array.shape[1] != len(names):
        raise ValueError(f"特徴量数不一致: {array.shape[1]} != {len(names)} (number of features: got != needed)")
    if columns is not None and list(columns) != list(names):
        raise ValueError(f"feature columns must be {', '.join(names)}, not {', '.join(map(str, columns))}")
    _refuse_unusable(array, names)
    return array


def _refuse_unusable(array: NDArray[np.float64], names: tuple[str, ...]) -> None:
    unusable = ~(np.abs(array) <= LARGEST)
    if unusable.any():
        cells = np.argwhere(unusable)
        shown = ", ".join(
            f"row {row} column {column} ({names[column]}) is {array[row, column]}"
            for row, column in cells[:FIRST_CELLS]
        )
        more = ", …" if len(cells) > FIRST_CELLS else ""
        raise ValueError(f"{len(cells)} feature values are NaN, infinite or too large: {shown}{more}")
