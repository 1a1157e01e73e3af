"""The learners by name, as the study compares them and `make stream` runs them."""

from collections.abc import Mapping
from dataclasses import dataclass

from src.core.errors import UserError
from src.online.boosting import How, UpdatedBooster, UpdatedLightGBM, UpdatedXGBoost
from src.online.incremental import RIVER, Incremental
from src.online.learner import Learner, Period

BOOSTERS: dict[str, type[UpdatedBooster]] = {"lightgbm": UpdatedLightGBM, "xgboost": UpdatedXGBoost}
# Three months of hours.
NEWEST = 2160


@dataclass(frozen=True)
class Update:
    """One way to keep a boosting member up to date; see ``UpdatedBooster``."""

    words: str
    how: How
    every: Period = "day"
    trees: int = 0
    rows: int | None = None
    restart: Period = "never"


UPDATES = {
    "continued": Update("continued, 1 tree each day on 90 days", "continue", trees=1, rows=NEWEST),
    "continued-monthly": Update("continued, 10 trees each month on 90 days", "continue", "month", 10, NEWEST),
    "refit": Update("leaves refit each day on all rows", "refit"),
    "refit-newest": Update("leaves refit each day on 90 days, full each month", "refit", rows=NEWEST, restart="month"),
    "last-trees": Update("last 30 trees anew each day on all rows", "last_trees", trees=30),
}


def updated_booster(name: str, settings: Mapping[str, object], update: Update) -> UpdatedBooster:
    """The member ``name`` of params.yaml, kept up to date by ``update``."""
    return BOOSTERS[name](settings, update.how, update.every, update.trees, update.rows, update.restart)


def learner_names() -> list[str]:
    """All that ``learner_of`` knows."""
    return [f"{name}-{way}" for name in BOOSTERS for way in UPDATES] + list(RIVER)


def learner_of(name: str, settings: Mapping[str, Mapping[str, object]]) -> Learner:
    """The unfitted learner ``name``.

    Args:
        name: as `xgboost-refit` or `hoeffding-tree`.
        settings: the members' blocks of params.yaml by name.

    Raises:
        UserError: no such learner, or its member is not in params.yaml.
    """
    if name in RIVER:
        return Incremental(name)
    member, _, way = name.partition("-")
    if member not in BOOSTERS or way not in UPDATES:
        raise UserError(f"there is no learner {name}; the learners are {', '.join(learner_names())}.")
    if member not in settings:
        raise UserError(f"the learner {name} is the member {member} kept up to date, which is not in params.yaml.")
    return updated_booster(member, settings[member], UPDATES[way])
