"""What part of the stake each running version has."""

from collections.abc import Mapping
from typing import NamedTuple

from src.rollout.steps import STEPS

# Of the stake; `live` takes what the others leave.
SHARES = {"paper": 0.0, "stage-10": 0.1, "stage-50": 0.5}
LIVE = STEPS[-1]


class Place(NamedTuple):
    """A version, the step it counts for (None: it is only scored), and its share of the stake, 0 to 1."""

    version: str
    step: str | None
    share: float


def places(runs: Mapping[str, str | None], scored: tuple[str, ...] = ()) -> list[Place]:
    """Each version once, in the order of the steps.

    A version that several steps run has the share of the last of them: it went on from the others.

    Args:
        runs: the version that each step runs.
        scored: versions without a step that are scored all the same; those that a step runs are left out.
    """
    last = {version: step for step in STEPS if (version := runs.get(step))}
    shares = {version: SHARES[step] for version, step in last.items() if step != LIVE}
    left = round(1.0 - sum(shares.values()), 9)
    found = [Place(version, step, shares.get(version, left)) for version, step in last.items()]
    found.sort(key=lambda place: STEPS.index(str(place.step)))
    return found + [Place(version, None, 0.0) for version in dict.fromkeys(scored) if version not in last]
