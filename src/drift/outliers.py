"""How strange each new row is: its distance to the training rows, in units of their own mean distance."""

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

Values = NDArray[np.float64]

NEIGHBOURS = 10
# More training rows than this cost time and tell nothing new.
MOST_ROWS = 20_000


class Outliers:
    """The training rows, each input scaled by its median and its spread between quartiles.

    Args:
        training: (n, k), n > 10; every s-th row is kept where there are more than 20,000.

    Source: distance to the k nearest neighbours, Ramaswamy, Rastogi and Shim (2000), divided by its mean over the
    training rows themselves.
    """

    def __init__(self, training: Values) -> None:
        rows = training[:: -(-len(training) // MOST_ROWS)]
        low, self._middle, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=0)
        self._spread = np.where(high > low, high - low, 1.0)
        self._nearest = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(self._scaled(rows))
        own, _ = self._nearest.kneighbors()
        self._unit = max(float(own.mean()), np.finfo(float).tiny)
        self.usual: Values = own.mean(axis=1) / self._unit

    def index(self, rows: Values) -> Values:
        """(m, k) → (m,): 1 is as far off as the mean training row, 10 ten times as far."""
        if not len(rows):
            return np.empty(0)
        found, _ = self._nearest.kneighbors(self._scaled(rows))
        mean: Values = found.mean(axis=1) / self._unit
        return mean

    def _scaled(self, rows: Values) -> Values:
        scaled: Values = (rows - self._middle) / self._spread
        return scaled
