"""What was found, and what it means for a script."""

from collections.abc import Iterable
from enum import IntEnum

import msgspec


class Level(IntEnum):
    """Exit codes: all is well; something is wrong; nothing is wrong, but no answer has a stake."""

    WELL = 0
    ILL = 1
    IDLE = 3


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: its name, how it is, and in words why."""

    name: str
    level: Level
    sentence: str

    @property
    def line(self) -> str:
        """For a screen of 100 columns or more."""
        return f"{self.level.name.lower():<5} {self.name:<10} {self.sentence}"


def worst(findings: Iterable[Finding]) -> Level:
    """What counts for all of them together: one that is ill outweighs those that are idle."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.ILL, Level.IDLE) if level in levels), Level.WELL)
