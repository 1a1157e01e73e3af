"""The trees of one model as a graph holds them, and what coalitions of features reach each leaf."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Masks = NDArray[np.int64]

LEAF = -1


@dataclass(frozen=True)
class Leaves:
    """Leaves and who reaches them: coalitions that hold all features of ``inside`` and none of ``outside``, sets of
    bits. A leaf may stand here more than once; no coalition reaches it twice."""

    inside: Masks
    outside: Masks
    value: Values


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees, one entry each; ``roots`` are the numbers of the first nodes.

    Attributes:
        feature: the input that is compared; ``LEAF`` in leaves.
        threshold: what it is compared with.
        left, right: the node that follows where the comparison is true, or false.
        value: what a leaf adds, already divided by the number of trees where the model is their mean.
        roots: (trees,).
        strict: whether ``input < threshold`` goes left; else ``input <= threshold``.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Values
    roots: NDArray[np.int64]
    strict: bool

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self:
        """Those of a TreeEnsembleRegressor with one target, its nodes listed tree by tree."""
        tree, modes = attributes["nodes_treeids"], np.array(attributes["nodes_modes"])
        roots = np.flatnonzero(attributes["nodes_nodeids"] == 0)
        start = roots[tree]
        value = np.zeros(len(tree))
        scale = 1 / len(roots) if attributes.get("aggregate_function") == "AVERAGE" else 1.0
        value[roots[attributes["target_treeids"]] + attributes["target_nodeids"]] = attributes["target_weights"] * scale
        return cls(
            feature=np.where(modes == "LEAF", LEAF, attributes["nodes_featureids"]),
            threshold=attributes["nodes_values"],
            left=start + attributes["nodes_truenodeids"],
            right=start + attributes["nodes_falsenodeids"],
            value=value,
            roots=roots,
            strict="BRANCH_LT" in modes,
        )

    def leaves(self, seen: NDArray[np.float32], bits: Masks) -> Leaves:
        """The leaves that some coalition reaches, and which.

        Args:
            seen: (inputs, 2 ** s) each input where some of the s features that it is made of are in the coalition:
                those whose bit of the column's number is set.
            bits: (inputs, s) the bit of each of those features in a coalition; 0 where an input has fewer.
        """
        compared = seen[self.feature]
        goes_left = compared < self.threshold[:, None] if self.strict else compared <= self.threshold[:, None]
        patterns = np.arange(seen.shape[1])
        inside = np.zeros(len(self.roots), dtype="int64")
        open_ends, found = (self.roots, inside, inside), []
        while len(open_ends[0]):
            node, inside, outside = open_ends
            ended = self.feature[node] == LEAF
            found.append((inside[ended], outside[ended], self.value[node[ended]]))
            node, inside, outside = node[~ended], inside[~ended], outside[~ended]
            own, left = bits[self.feature[node]], goes_left[node]
            possible = np.ones(left.shape, dtype=bool)
            for place in range(own.shape[1]):
                known_in, known_out = inside & own[:, place] != 0, outside & own[:, place] != 0
                possible &= np.where(patterns >> place & 1, ~known_out[:, None], ~known_in[:, None])
            # The feature that the way depends on, given what is known of the coalition; 0: it depends on none.
            asked = np.zeros(len(node), dtype="int64")
            for place in range(own.shape[1]):
                other = patterns ^ (1 << place)
                matters = ((left != left[:, other]) & possible & possible[:, other]).any(axis=1)
                asked = np.where(matters, own[:, place], asked)
            plain = asked == 0
            to_left = left[plain, possible[plain].argmax(axis=1)]
            after = np.where(to_left, self.left[node[plain]], self.right[node[plain]])
            node, inside, outside, asked = (part[~plain] for part in (node, inside, outside, asked))
            kept_in, kept_out = open_ends[1][~ended][plain], open_ends[2][~ended][plain]
            open_ends = (
                np.concatenate([after, node, node]),
                np.concatenate([kept_in, inside | asked, inside]),
                np.concatenate([kept_out, outside, outside | asked]),
            )
        return Leaves(*(np.concatenate(part) for part in zip(*found, strict=True)))
