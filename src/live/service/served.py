"""The versions that answer: one immutable line-up, replaced whole, so that a request never sees half of two."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from src.candles.timeframe import parse_timeframe
from src.live.answering.guard import SLACK
from src.live.running.versions import Running

Values = NDArray[np.float64]
MODEL = "production-ensemble"
# Without a version in its address a request is answered by the first of these that is there; a checkout's has no step.
_BY_DEFAULT = ("live", "stage-50", "stage-10", "paper", None)


class VersionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A version as `GET /versions` shows it."""

    version: str
    step: str | None
    share: float
    proof: str
    trading_ready: bool
    trading_reason: str
    trained_until: str
    timeframe: str
    warmup: int
    target_horizon: int
    target_threshold: float
    decision_threshold: float
    feature_names: tuple[str, ...]
    pickle_md5: str


class VersionsAnswer(msgspec.Struct, frozen=True):
    """What `GET /versions` answers with."""

    versions: tuple[VersionFacts, ...]


@dataclass(frozen=True)
class Served(Running):
    """A running version as the service answers with it."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the features, in order."""
        return self.loaded.ensemble.facts.feature_names

    @cached_property
    def threshold(self) -> float:
        """The probability from which on the decision is `rise`."""
        return self.loaded.ensemble.facts.decision_threshold

    @cached_property
    def _range(self) -> tuple[Values, Values]:
        ranges = self.loaded.ensemble.facts.feature_ranges
        low, high = np.array([ranges.get(name, (-np.inf, np.inf)) for name in self.names]).T
        slack = SLACK * (high - low)
        return low - slack, high + slack

    def outside(self, rows: Values) -> NDArray[np.bool_] | None:
        """(n, k): where a feature lies outside its training range, as the window guard counts it; None: nowhere."""
        low, high = self._range
        found = (rows < low) | (rows > high)
        return found if found.any() else None

    def probability(self, rows: Values) -> Values:
        """(n,) of (n, k) features; NaN where a row is beyond float32."""
        return self.loaded.ensemble.run(features=rows)["probability"]

    @property
    def seconds(self) -> int:
        """Of one candle."""
        return int(parse_timeframe(self.loaded.ensemble.facts.timeframe).total_seconds())

    @cached_property
    def facts(self) -> VersionFacts:
        """What is shown of it."""
        loaded, facts = self.loaded, self.loaded.ensemble.facts
        return VersionFacts(
            version=loaded.version,
            step=self.step,
            share=self.share,
            proof=loaded.proof,
            trading_ready=loaded.trading_ready,
            trading_reason=loaded.trading_reason,
            trained_until=facts.trained_until,
            timeframe=facts.timeframe,
            warmup=facts.warmup,
            target_horizon=facts.target_horizon,
            target_threshold=facts.target_threshold,
            decision_threshold=facts.decision_threshold,
            feature_names=facts.feature_names,
            pickle_md5=facts.pickle_md5,
        )


class LineUp:
    """What answers at one moment, in the order of the steps."""

    def __init__(self, served: Iterable[Served]) -> None:
        self.served = tuple(served)
        self.by_version = {one.version: one for one in self.served}
        steps = {one.step: one for one in self.served}
        self.default = next((steps[step] for step in _BY_DEFAULT if step in steps), None)

    @cached_property
    def shown(self) -> VersionsAnswer:
        """What `GET /versions` answers with."""
        return VersionsAnswer(tuple(one.facts for one in self.served))
