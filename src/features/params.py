"""The sections `features` and `target` of params.yaml."""

from typing import Literal

from pydantic import Field

from src.core.params import Section

# The slowest indicator, the MACD signal line, forgets its start to within 1e-6 after about 300 bars.
SHORTEST_WARMUP = 100
LONGEST_WARMUP = 100_000
# The returns of 168 bars, and what the exponential averages need.
SHORTEST_WIDE_WARMUP = 200
# Bars; more than a year of hours.
LONGEST_HORIZON = 10_000


class FeatureParams(Section):
    """Which features there are, and how many bars a row of each set needs behind it."""

    set: Literal["twelve", "wide"] = "twelve"
    warmup: int = Field(ge=SHORTEST_WARMUP, le=LONGEST_WARMUP)
    wide_warmup: int = Field(default=400, ge=SHORTEST_WIDE_WARMUP, le=LONGEST_WARMUP)

    @property
    def bars(self) -> int:
        """The warm-up of the chosen set."""
        return self.wide_warmup if self.set == "wide" else self.warmup


class TargetParams(Section):
    """What the members learn to predict."""

    horizon: int = Field(ge=1, le=LONGEST_HORIZON)
    threshold: float = Field(ge=0, lt=1)
