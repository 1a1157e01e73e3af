import math

import optuna
import pytest

from src.core.errors import UserError
from src.ml.base.registry import make_member, member_names
from src.tuning.space import DIRECTION_KNOBS, KNOBS, Candidate, check_searchable, described, nearest, suggested
from tests.learnable import SETTINGS
from tests.tuning.conftest import CURRENT


def test_every_adapter_has_knobs_and_takes_both_ends_of_them() -> None:
    assert sorted(KNOBS) == member_names()
    for name, knobs in KNOBS.items():
        for end in (0, 1):
            make_member(name, SETTINGS[name] | {key: knob[end] for key, knob in knobs.items()})


def test_the_direction_takes_both_ends_of_its_knobs() -> None:
    for name, knobs in DIRECTION_KNOBS.items():
        for end in (0, 1):
            block = {key: knob[end] for key, knob in knobs.items()}
            make_member(name, SETTINGS[name] | {"direction": block}, "wide")


def test_the_nearest_point_is_the_present_one_where_it_lies_in_the_space() -> None:
    point = nearest(CURRENT, ["zscore"])
    assert point == {
        "without zscore": False,
        "weight.lightgbm": 8,
        "weight.random_forest": 2,
        "lightgbm.n_estimators": 40,
        "lightgbm.num_leaves": 8,
        "random_forest.max_depth": 5,
    }


def values(**changed: object) -> dict:
    whole = {
        f"{name}.{key}": knob.low if isinstance(knob.low, int) else float(knob.low)
        for name in CURRENT.members
        for key, knob in KNOBS[name].items()
    }
    return whole | {"without zscore": False, "weight.lightgbm": 4, "weight.random_forest": 2} | changed


def test_a_trial_changes_what_it_names_and_nothing_else() -> None:
    trial = optuna.trial.FixedTrial(values(**{"without zscore": True, "lightgbm.learning_rate": math.pi / 100}))
    candidate = suggested(trial, CURRENT, ["zscore"])
    assert candidate is not None
    assert candidate.members["lightgbm"]["learning_rate"] == 0.03142
    assert candidate.members["lightgbm"]["random_state"] == 1
    assert candidate.members["random_forest"]["without"] == ["zscore"]
    assert candidate.weights == {"lightgbm": 0.4, "random_forest": 0.2}
    changes = candidate.changes(CURRENT)
    assert changes["members.random_forest.max_depth"] == 5
    assert changes["ensemble.weights.lightgbm"] == 0.4
    assert "members.lightgbm.random_state" not in changes
    assert "random_forest.max_depth 5; " in described(changes)


def test_a_vote_without_a_weight_is_no_candidate() -> None:
    none = optuna.trial.FixedTrial(values(**{"weight.lightgbm": 0, "weight.random_forest": 0}))
    assert suggested(none, CURRENT, ["zscore"]) is None


def test_members_without_knobs_are_refused() -> None:
    with pytest.raises(UserError, match="none of the members has settings to search; those that have are lightgbm"):
        check_searchable(Candidate({"moss": {}}, {"moss": 1.0}))
