"""What the two boosting members share: they are kept as their library's own model file."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.member import Member


@dataclass(frozen=True)
class Watcher:
    """Who is told the log loss after each boosting round, of the rows that are trained on and of rows held out.

    Attributes:
        features: (m, k) raw features of the rows held out.
        target: (m,) their targets of 0 and 1.
        tell: called with the two log losses; every row weighs the same.
    """

    features: NDArray[np.float64]
    target: NDArray[np.int8]
    tell: Callable[[float, float], None]


class BoostedMember(Member):
    """Pickles the library's model file, which holds no thread count and no Python object of the library."""

    _model: str | bytes
    # Of one fit; no part of the model.
    watcher: Watcher | None = None

    @property
    def booster(self) -> Any:
        """The library's booster, read from the model file once."""
        if not hasattr(self, "_booster"):
            self._booster = self._read()
        return self._booster

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_booster", "watcher")}

    def _held_out(self, watcher: Watcher) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """The rows held out, as the estimator sees them."""
        return self._seen(watcher.features), watcher.target.astype("int8")

    @abstractmethod
    def _read(self) -> Any:
        """The booster in ``_model``, set to one thread."""
