"""What the search may change: settings and weights of the members that params.yaml names, and inputs to leave out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from src.core.errors import UserError

# A weight in the vote is a whole number up to here; they are normalised.
MOST_WEIGHT = 10
DIGITS = 4


class Knob(NamedTuple):
    """A range, both ends included: of whole numbers where both are, ``log`` where factors count, not steps."""

    low: float
    high: float
    log: bool = False


_HALF_LIFE = Knob(3000, 20_000, True)
KNOBS: dict[str, dict[str, Knob]] = {
    "lightgbm": {
        "half_life": _HALF_LIFE,
        "n_estimators": Knob(40, 200),
        "learning_rate": Knob(0.01, 0.1, True),
        "num_leaves": Knob(8, 64, True),
        "min_child_samples": Knob(40, 400, True),
        "subsample": Knob(0.3, 1.0),
        "colsample_bytree": Knob(0.5, 1.0),
        "path_smooth": Knob(1.0, 500.0, True),
    },
    "xgboost": {
        "half_life": _HALF_LIFE,
        "n_estimators": Knob(40, 200),
        "learning_rate": Knob(0.01, 0.1, True),
        "max_depth": Knob(3, 6),
        "min_child_weight": Knob(4, 60, True),
        "subsample": Knob(0.3, 1.0),
        "colsample_bynode": Knob(0.4, 1.0),
    },
    "random_forest": {
        "half_life": _HALF_LIFE,
        "max_depth": Knob(5, 10),
        "min_samples_leaf": Knob(15, 100, True),
        "max_samples": Knob(0.05, 0.4, True),
        "max_features": Knob(0.4, 1.0),
    },
    "extra_trees": {"half_life": _HALF_LIFE, "max_depth": Knob(6, 16), "min_samples_leaf": Knob(10, 100, True)},
    "mlp": {"half_life": _HALF_LIFE, "alpha": Knob(0.001, 1.0, True), "max_iter": Knob(5, 40)},
    "catboost": {
        "half_life": _HALF_LIFE,
        "n_estimators": Knob(50, 300),
        "learning_rate": Knob(0.01, 0.1, True),
        "max_depth": Knob(3, 6),
        "rsm": Knob(0.4, 1.0),
    },
}

# Of `features.set: wide`, in the block `direction` of a member that has one: small trees, as there is little to learn.
DIRECTION_KNOBS: dict[str, dict[str, Knob]] = {
    "lightgbm": {
        "n_estimators": Knob(40, 200),
        "learning_rate": Knob(0.01, 0.1, True),
        "num_leaves": Knob(4, 16, True),
        "min_child_samples": Knob(80, 400, True),
        "colsample_bytree": Knob(0.3, 1.0),
        "reg_lambda": Knob(1.0, 50.0, True),
    },
    "xgboost": {
        "n_estimators": Knob(40, 200),
        "learning_rate": Knob(0.01, 0.1, True),
        "max_depth": Knob(2, 4),
        "min_child_weight": Knob(20, 200, True),
        "subsample": Knob(0.3, 1.0),
        "colsample_bynode": Knob(0.3, 1.0),
        "reg_lambda": Knob(1.0, 50.0, True),
    },
    "random_forest": {
        "max_depth": Knob(3, 7),
        "min_samples_leaf": Knob(50, 200, True),
        "max_samples": Knob(0.2, 0.8, True),
        "max_features": Knob(0.3, 1.0),
    },
}


class Suggests(Protocol):
    """A trial of Optuna, as far as it is used here."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...

    def suggest_categorical(self, name: str, choices: list[bool]) -> bool: ...


@dataclass(frozen=True)
class Candidate:
    """Settings by member, as in params.yaml, their weights, and the set of features that they see."""

    members: dict[str, dict[str, Any]]
    weights: dict[str, float]
    feature_set: str = "twelve"

    def changes(self, before: "Candidate") -> dict[str, Any]:
        """What differs from ``before``, by its key in params.yaml."""
        found = {
            f"members.{name}.{key}": value
            for name, settings in self.members.items()
            for key, value in _flat(settings).items()
            if _flat(before.members[name]).get(key) != value
        }
        return found | {
            f"ensemble.weights.{name}": weight
            for name, weight in self.weights.items()
            if before.weights[name] != weight
        }


def suggested(trial: Suggests, current: Candidate, droppable: Iterable[str]) -> Candidate | None:
    """The candidate that ``trial`` asks for; None where no member has a weight.

    Args:
        trial: gives the values.
        current: the settings that are not searched stay as they are here.
        droppable: inputs that may be left out, by all members that see them.
    """
    dropped = [name for name in droppable if trial.suggest_categorical(f"without {name}", [False, True])]
    members = {}
    for name, settings in current.members.items():
        values = {key: _value(trial, f"{name}.{key}", knob) for key, knob in _knobs(name, current).items()}
        members[name] = _nested(_flat(settings) | values | ({"without": dropped} if dropped else {}))
    weights = {name: trial.suggest_int(f"weight.{name}", 0, MOST_WEIGHT) / MOST_WEIGHT for name in current.members}
    return Candidate(members, weights, current.feature_set) if any(weights.values()) else None


def nearest(current: Candidate, droppable: Iterable[str]) -> dict[str, Any]:
    """The point of the space that is nearest to ``current``, for the search to start from; arguments as above."""
    total = sum(current.weights.values())
    values: dict[str, Any] = {f"without {name}": False for name in droppable}
    values |= {f"weight.{name}": round(MOST_WEIGHT * weight / total) for name, weight in current.weights.items()}
    for name, settings in current.members.items():
        present = _flat(settings)
        for key, knob in _knobs(name, current).items():
            if isinstance(present.get(key), int | float):
                value = min(max(present[key], knob.low), knob.high)
                values[f"{name}.{key}"] = round(value) if _is_whole(knob) else float(value)
    return values


def check_searchable(current: Candidate) -> None:
    """Refuse members none of which has a knob.

    Raises:
        UserError: naming those that have.
    """
    if not any(name in KNOBS for name in current.members):
        raise UserError(f"none of the members has settings to search; those that have are {', '.join(KNOBS)}.")


def described(changes: Mapping[str, Any]) -> str:
    """Changes in one line."""
    return "; ".join(f"{key.removeprefix('members.')} {value}" for key, value in changes.items()) or "as it is"


def _knobs(name: str, current: Candidate) -> dict[str, Knob]:
    """Those of a member; of the head `direction` too where it has settings of its own and the set is `wide`."""
    found = dict(KNOBS.get(name, {}))
    if current.feature_set == "wide" and current.members[name].get("direction"):
        found |= {f"direction.{key}": knob for key, knob in DIRECTION_KNOBS.get(name, {}).items()}
    return found


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the block `direction` by keys as `direction.max_depth`."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if key == "direction" and value:
            found |= {f"direction.{inner}": own for inner, own in value.items()}
        else:
            found[key] = value
    return found


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The contrary of ``_flat``."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        block, _, inner = key.partition(".")
        if inner:
            found.setdefault(block, {})[inner] = value
        else:
            found[key] = value
    return found


def _value(trial: Suggests, name: str, knob: Knob) -> float:
    if _is_whole(knob):
        return trial.suggest_int(name, int(knob.low), int(knob.high), log=knob.log)
    # Digits that a reader of params.yaml can compare.
    return float(f"{trial.suggest_float(name, knob.low, knob.high, log=knob.log):.{DIGITS}g}")


def _is_whole(knob: Knob) -> bool:
    return isinstance(knob.low, int) and isinstance(knob.high, int)
