"""What every binary tree in a model file must be, whoever wrote it."""

import numpy as np
from numpy.typing import NDArray


def require(condition: object, fault: str) -> None:
    """Refuse a model file.

    Raises:
        ValueError: ``condition`` is false; its text is ``fault``.
    """
    if not condition:
        raise ValueError(fault)


def require_tree(children: NDArray[np.int64], parents: NDArray[np.int64], nodes: int) -> None:
    """Refuse a tree in which a path leads back or out of it.

    Args:
        children: (nodes − 1,) every node but the first, 0, exactly once.
        parents: (nodes − 1,) the node that each of ``children`` hangs from.
        nodes: how many there are, leaves among them.

    Raises:
        ValueError: it is none.
    """
    require(np.array_equal(np.sort(children), np.arange(1, nodes)), "the branches of a tree lead out of it")
    # From node to parent in ever doubled steps; only the root is its own parent.
    above = np.zeros(nodes, dtype=np.int64)
    above[children] = parents
    for _ in range(nodes.bit_length()):
        above = above[above]
    require(not above.any(), "the branches of a tree lead back")
