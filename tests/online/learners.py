"""Learners and rows that can be counted by hand."""

import numpy as np

from src.online.learner import Labels, Learner, Period, Values
from src.online.rows import Rows

HOUR = 3600
MONDAY = 1_578_268_800  # 2020-01-06, 00:00 UTC
SMALL = {
    "lightgbm": {
        "inputs": "relative",
        "rising": ["volume_ratio"],
        "half_life": 200,
        "n_estimators": 6,
        "num_leaves": 4,
        "learning_rate": 0.1,
        "subsample": 0.5,
        "subsample_freq": 1,
        "path_smooth": 5,
        "random_state": 1,
    },
    "xgboost": {
        "inputs": "relative",
        "rising": ["volume_ratio"],
        "half_life": 200,
        "n_estimators": 6,
        "max_depth": 2,
        "learning_rate": 0.1,
        "subsample": 0.8,
        "random_state": 1,
    },
}


class Share(Learner):
    """Says (rises + 1) / (rows + 2) of all it has learned; keeps what it was given."""

    has_text = True

    def __init__(self, every: Period = "bar", restart: Period = "never") -> None:
        self.every, self.restart = every, restart
        self.given: list[tuple[str, int]] = []
        self.share = 0.0

    def begin(self, features: Values, target: Labels) -> None:
        self._take("begin", features, target)

    def learn(self, features: Values, target: Labels) -> None:
        self._take("learn", features, target)

    def _take(self, what: str, features: Values, target: Labels) -> None:
        assert len(features) == len(target)
        self.given.append((what, len(target)))
        self.share = (int(target.sum()) + 1) / (len(target) + 2)

    def predict(self, features: Values) -> Values:
        return np.full(len(features), self.share)

    def size(self) -> int:
        return 8

    def text(self) -> str:
        return str(self.share)

    def load_text(self, text: str) -> None:
        self.share = float(text)


def rows(target: list[float], hours: list[int] | None = None) -> Rows:
    """One row an hour from a Monday's midnight on, or at these ``hours``; features that say nothing."""
    places = list(range(len(target))) if hours is None else hours
    opened = np.array([MONDAY + HOUR * place for place in places], dtype=np.int64)
    features = np.outer(np.arange(1.0, len(target) + 1), np.ones(12))
    return Rows(opened, features, np.array(target, dtype="float64"))


def market(count: int, seed: int = 1, hours: int = 1) -> Rows:
    """Random rows whose label depends on the volume ratio, one in so many ``hours``."""
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.full(count, 100.0), *rng.normal(1.0, 0.2, size=(11, count))])
    target = (features[:, 11] + rng.normal(0, 0.3, count) > 1.1).astype("float64")
    return Rows(MONDAY + hours * HOUR * np.arange(count, dtype=np.int64), features, target)


def part(of: Rows, start: int, stop: int | None = None) -> Rows:
    """A copy of the rows ``start`` to ``stop``."""
    return Rows(of.opened[start:stop].copy(), of.features[start:stop].copy(), of.target[start:stop].copy())
