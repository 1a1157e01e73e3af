import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

from src.artifacts.load import ArtifactError, read_model
from src.artifacts.pickles import model_bytes
from src.core.errors import UserError
from src.core.names import DIRECTION_NAMES, FEATURE_SETS
from src.ml.base.inputs import INPUT_NAMES
from src.ml.base.registry import make_member, read_member_settings
from src.ml.base.two_headed import TwoHeadedMember
from src.ml.base.voter import Voter
from src.ml.ensemble import ProductionEnsemble
from src.ml.vote import direction_given_move
from tests.conftest import ROOT
from tests.learnable import INSTALLED, SETTINGS, named, wide_problem

WIDE = FEATURE_SETS["wide"]
PATH = Path("models/training/x.pkl")


@pytest.fixture(scope="module")
def wide() -> tuple[np.ndarray, np.ndarray]:
    return wide_problem()


@pytest.fixture(scope="module")
def pairs(wide) -> dict[str, Voter]:
    return {name: make_member(name, SETTINGS[name], "wide").fit(*wide) for name in INSTALLED}


@pytest.mark.parametrize("name", named(*SETTINGS))
def test_the_probability_of_a_rise_is_the_product_of_the_heads(name, wide, pairs) -> None:
    features, moves = wide
    pair = pairs[name]
    rise, move = pair.predict_heads(features).T
    np.testing.assert_array_equal(move, pair.move.predict_proba(features)[:, 1])
    np.testing.assert_array_equal(rise, move * pair.direction.predict_proba(features)[:, 1])
    np.testing.assert_array_equal(pair.predict_proba(features), np.column_stack([1 - rise, rise]))
    # Each head knows its question, and nothing of the other's.
    assert move[moves != 0].mean() > move[moves == 0].mean() + 0.1
    direction = direction_given_move(rise, move)
    assert direction[moves > 0].mean() > direction[moves < 0].mean() + 0.1


@pytest.mark.parametrize("name", named(*SETTINGS))
def test_the_direction_is_learned_on_the_rows_that_moved_alone(name, wide, pairs) -> None:
    features, moves = wide
    moved = moves != 0
    alone = make_member(name, SETTINGS[name], "wide").direction.fit(features[moved], moves[moved] > 0)
    assert model_bytes(alone) == model_bytes(pairs[name].direction)
    # A fall is a move as much as a rise is.
    mirrored = make_member(name, SETTINGS[name], "wide").fit(features, -moves)
    assert model_bytes(mirrored.move) == model_bytes(pairs[name].move)


@pytest.mark.parametrize("name", named(*SETTINGS))
def test_the_proven_load_gives_it_back(name, wide, pairs) -> None:
    content = model_bytes(pairs[name])
    assert content == model_bytes(make_member(name, SETTINGS[name], "wide").fit(*wide))
    loaded = read_model(PATH, content, Voter)
    assert (type(loaded), loaded.name) == (TwoHeadedMember, name)
    assert model_bytes(loaded) == content == model_bytes(pickle.loads(content))
    np.testing.assert_array_equal(loaded.predict_proba(wide[0]), pairs[name].predict_proba(wide[0]))


def forged(pair: Voter, **state: object) -> bytes:
    other = copy.copy(pair)
    vars(other).update(state)
    return model_bytes(other)


def test_forged_heads_are_refused(pairs, members) -> None:
    pair, other = pairs["lightgbm"], pairs["xgboost"]
    for content, sentence in (
        (forged(pair, direction=pair.move), "the direction head .* is no classifier of that kind"),
        (forged(pair, move=members["lightgbm"]), "the move head .* is no classifier of that kind"),
        (forged(pair, direction=other.direction), "not of its kind"),
        (forged(pair, feature_names=FEATURE_SETS["twelve"]), "other features"),
        (forged(pair.direction, feature_names=FEATURE_SETS["twelve"]), "other features"),
    ):
        with pytest.raises(ArtifactError, match=sentence):
            read_model(PATH, content, Voter)


def test_the_vote_of_two_heads_is_the_weighted_mean_of_both(wide, pairs) -> None:
    weights = {"lightgbm": 0.5, "xgboost": 0.3, "random_forest": 0.2}
    ensemble = ProductionEnsemble({name: pairs[name] for name in weights}, weights)
    assert ensemble.get_model_info()["n_features"] == len(WIDE)
    expected = sum(weight * pairs[name].predict_heads(wide[0]) for name, weight in weights.items())
    np.testing.assert_allclose(ensemble.predict_heads(wide[0]), expected, rtol=1e-12)
    np.testing.assert_allclose(ensemble.predict_proba(wide[0])[:, 1], expected[:, 0], rtol=1e-12)
    loaded = read_model(PATH, model_bytes(ensemble), ProductionEnsemble)
    assert model_bytes(loaded) == model_bytes(ensemble)


def test_members_of_different_sets_cannot_vote_together(pairs, members) -> None:
    with pytest.raises(ValueError, match="made for different features"):
        ProductionEnsemble(
            {"lightgbm": pairs["lightgbm"], "xgboost": members["xgboost"]}, {"lightgbm": 1, "xgboost": 1}
        )
    with pytest.raises(ValueError, match="have one head"):
        ProductionEnsemble(members, dict.fromkeys(members, 1)).predict_heads(np.ones((1, 12)))


def test_wide_members_refuse_the_twelve(pairs) -> None:
    with pytest.raises(ValueError, match=f"特徴量数不一致: 12 != {len(WIDE)}"):
        pairs["xgboost"].predict(np.ones((1, 12)))


def test_the_direction_of_what_cannot_move_is_open() -> None:
    assert direction_given_move(np.array([0.0, 0.1]), np.array([0.0, 0.4])).tolist() == [0.5, 0.25]


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_wrong_settings_of_a_head_are_one_sentence(feature_set) -> None:
    for given, sentence in (
        ({"direction": 5}, "direction must be a block"),
        ({"direction": {"n_estimatorz": 5}}, "did you mean n_estimators"),
        ({"inputs": "move"}, "what a head of `features.set: wide` sees"),
    ):
        with pytest.raises(UserError, match=f"`members.lightgbm`: .*{sentence}"):
            make_member("lightgbm", SETTINGS["lightgbm"] | given, feature_set)


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "random_forest"])
def test_the_bundled_settings_give_both_heads(name) -> None:
    settings = read_member_settings(ROOT, name)
    pair = make_member(name, settings, "wide")
    assert (pair.move.inputs, pair.direction.inputs) == ("move", "direction")
    assert pair.move.rising == tuple(settings["rising"])
    assert (pair.direction.rising, len(pair.direction.monotone)) == ((), len(DIRECTION_NAMES))
    assert pair.direction.settings == {
        key: value
        for key, value in (settings | settings["direction"]).items()
        if key not in ("inputs", "rising", "direction", "half_life")
    }


def test_each_head_is_without_the_inputs_of_its_own_that_are_named() -> None:
    settings = SETTINGS["lightgbm"] | {"without": ["rsi_14", "clv_6", "hour"]}
    pair = make_member("lightgbm", settings, "wide")
    assert set(INPUT_NAMES["move"]) - set(pair.move.input_names) == {"rsi_14", "hour"}
    assert set(INPUT_NAMES["direction"]) - set(pair.direction.input_names) == {"clv_6"}
    with pytest.raises(UserError, match="without: nothing is not an input"):
        make_member("lightgbm", SETTINGS["lightgbm"] | {"without": ["nothing"]}, "wide")
