"""Rows in the order of time, of which some labels are not known."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from src.features.table import FeatureTable
from src.online.learner import Labels, Period, Values

DAY = 86_400
# The epoch began on a Thursday; weeks begin on Mondays.
MONDAY = 4 * DAY


@dataclass(frozen=True)
class Rows:
    """Candles with features, oldest first.

    Attributes:
        opened: (n,) epoch seconds.
        features: (n, 12).
        target: (n,) of 0 and 1; NaN where the label is not known, or its horizon spans a gap.
    """

    opened: NDArray[np.int64]
    features: Values
    target: Values

    @classmethod
    def of_table(cls, table: FeatureTable) -> "Rows":
        """All rows of a feature table."""
        opened = table.timestamp.astype("datetime64[s, UTC]").astype("int64").to_numpy()
        return cls(opened, table.features, table.target.astype("float64"))

    def followed_by(self, later: "Rows") -> "Rows":
        """These rows, then ``later`` ones."""
        return Rows(
            np.concatenate([self.opened, later.opened]),
            np.concatenate([self.features, later.features]),
            np.concatenate([self.target, later.target]),
        )

    def __len__(self) -> int:
        return len(self.opened)

    @cached_property
    def _labelled(self) -> tuple[NDArray[np.intp], Values, Labels]:
        places = np.flatnonzero(~np.isnan(self.target))
        return places, self.features[places], self.target[places].astype("int8")

    def known_before(self, row: int, horizon: int) -> tuple[Values, Labels]:
        """Features and labels of the rows below ``row`` − ``horizon`` whose label is known.

        The label of row − horizon becomes known with the very candle that is to be answered, and learning takes time:
        as in the walk-forward it is left out.
        """
        places, features, target = self._labelled
        count = int(np.searchsorted(places, row - horizon))
        return features[:count], target[:count]

    def periods(self, period: Period) -> NDArray[np.int64]:
        """(n,) the number of the period (UTC) that each row is in; ascending."""
        if period == "never":
            return np.zeros(len(self), dtype=np.int64)
        if period == "bar":
            return np.arange(len(self), dtype=np.int64)
        if period == "month":
            return self.opened.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
        return self.opened // DAY if period == "day" else (self.opened - MONDAY) // (7 * DAY)
