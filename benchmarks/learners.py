"""The learners that `make bench-retrain` compares: which they are, and how often each learns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from src.online.full import FullRetrain
from src.online.incremental import RIVER, Incremental
from src.online.learner import Learner, Period
from src.online.registry import BOOSTERS, UPDATES, updated_booster

NEVER, MONTH, WEEK, DAY = "full, never", "full, each month", "full, each week", "full, each day"
FULL: dict[str, Period] = {NEVER: "never", MONTH: "month", WEEK: "week", DAY: "day"}
BAR = "each bar"


@dataclass(frozen=True)
class Contestant:
    """A learner, of which model it is and how it is kept up to date."""

    model: str
    way: str
    learner: Learner


def contestants(
    settings: Mapping[str, dict[str, object]], daily: Collection[str], all_rows: bool = True
) -> list[Contestant]:
    """Every learner.

    Args:
        settings: the members' blocks of params.yaml by name.
        daily: the members that are trained in full each day too.
        all_rows: whether those take part that go over all rows each day without a full training.
    """
    found = [
        Contestant(name, way, FullRetrain(name, own, every))
        for name, own in settings.items()
        for way, every in FULL.items()
        if way != DAY or name in daily
    ]
    for name in settings:
        if name in BOOSTERS:
            found += [
                Contestant(name, update.words, updated_booster(name, settings[name], update))
                for update in UPDATES.values()
                if all_rows or update.every != "day" or update.rows
            ]
    return found + [Contestant(f"river: {name}", BAR, Incremental(name)) for name in RIVER]
