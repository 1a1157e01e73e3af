"""Runs of True among flags."""

import numpy as np
from numpy.typing import NDArray


def runs(flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first position of each run of True, and the position after its last; ascending."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.view("int8"), [0]])))
    return edges[::2], edges[1::2]
