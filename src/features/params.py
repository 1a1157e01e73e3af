"""The sections `features` and `target` of params.yaml."""

from pydantic import Field

from src.core.params import Section

# The slowest indicator, the MACD signal line, forgets its start to within 1e-6 after about 300 bars.
SHORTEST_WARMUP = 100
LONGEST_WARMUP = 100_000
# Bars; more than a year of hours.
LONGEST_HORIZON = 10_000


class FeatureParams(Section):
    """How many bars a feature row needs behind it."""

    warmup: int = Field(ge=SHORTEST_WARMUP, le=LONGEST_WARMUP)


class TargetParams(Section):
    """What the members learn to predict."""

    horizon: int = Field(ge=1, le=LONGEST_HORIZON)
    threshold: float = Field(ge=0, lt=1)
