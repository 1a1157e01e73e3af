import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.artifacts.pickles import model_bytes
from src.ml.ensemble import ProductionEnsemble, normalised_weights

WEIGHTS = {"lightgbm": 0.4, "xgboost": 0.4, "random_forest": 0.2}


@pytest.fixture
def ensemble(members) -> ProductionEnsemble:
    return ProductionEnsemble(members, WEIGHTS)


def test_the_vote_is_the_weighted_mean(ensemble, members, problem) -> None:
    features = problem[0]
    a, b, c = (members[name].predict_proba(features) for name in WEIGHTS)
    np.testing.assert_allclose(ensemble.predict_proba(features), 0.4 * a + 0.4 * b + 0.2 * c, rtol=1e-12)


def test_the_decision_is_taken_at_the_threshold(members, problem) -> None:
    features = problem[0]
    strict = ProductionEnsemble(members, WEIGHTS, threshold=0.8)
    np.testing.assert_array_equal(strict.predict(features), strict.predict_proba(features)[:, 1] >= 0.8)
    (highest,) = features[[ProductionEnsemble(members, WEIGHTS).predict_proba(features)[:, 1].argmax()]]
    reached = ProductionEnsemble(members, WEIGHTS).predict_proba([highest])[0, 1]
    assert ProductionEnsemble(members, WEIGHTS, threshold=reached).predict([highest]) == [1]
    assert 0 < strict.predict(features).sum() < ProductionEnsemble(members, WEIGHTS).predict(features).sum()


def test_get_model_info(ensemble) -> None:
    info = ensemble.get_model_info()
    assert info["type"] == "ProductionEnsemble"
    assert info["n_features"] == 12
    assert info["individual_models"] == ["lightgbm", "xgboost", "random_forest"]
    assert info["weights"] == pytest.approx(WEIGHTS)


def test_a_plain_pickle_load_gives_the_same_vote(ensemble, problem) -> None:
    loaded = pickle.loads(model_bytes(ensemble))
    assert type(loaded) is ProductionEnsemble
    assert f"{type(loaded).__module__}" == "src.ml.ensemble"
    np.testing.assert_array_equal(loaded.predict_proba(problem[0]), ensemble.predict_proba(problem[0]))


def test_bad_input_is_refused(ensemble) -> None:
    with pytest.raises(ValueError, match="特徴量数不一致: 10 != 12"):
        ensemble.predict(np.ones((5, 10)))
    with pytest.raises(ValueError, match=r"row 0 column 0 \(close\) is nan"):
        ensemble.predict_proba(np.full((1, 12), np.nan))


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({"lightgbm": 1.0}, "weights name lightgbm; the members are lightgbm, xgboost, random_forest"),
        (WEIGHTS | {"catboost": 0.1}, "weights name catboost, lightgbm"),
        (WEIGHTS | {"xgboost": -0.1}, "weight of xgboost must be a finite number ≥ 0, not -0.1"),
        (WEIGHTS | {"xgboost": math.nan}, "weight of xgboost must be a finite number ≥ 0, not nan"),
        (WEIGHTS | {"xgboost": True}, "weight of xgboost must be a finite number ≥ 0, not True"),
        (WEIGHTS | {"xgboost": "0.4"}, "weight of xgboost must be a finite number ≥ 0, not '0.4'"),
        (WEIGHTS | {"xgboost": 10**400}, "weight of xgboost must be a finite number ≥ 0, not 1000"),
        (WEIGHTS | {"xgboost": 1e308}, r"weight of xgboost must be a finite number ≥ 0, not 1e\+308"),
        (dict.fromkeys(WEIGHTS, 0), "at least one weight must be above 0"),
    ],
)
def test_bad_weights_are_refused_and_change_nothing(ensemble, weights, sentence) -> None:
    before = dict(ensemble.weights)
    with pytest.raises(ValueError, match=sentence):
        ensemble.update_weights(weights)
    assert ensemble.weights == before


def test_update_weights_normalises(ensemble) -> None:
    ensemble.update_weights({"random_forest": 2, "xgboost": 1, "lightgbm": 1})
    assert ensemble.weights == {"lightgbm": 0.25, "xgboost": 0.25, "random_forest": 0.5}


def test_a_bad_threshold_or_no_member_is_refused(members) -> None:
    for threshold in (0, 1):
        with pytest.raises(ValueError, match=f"threshold must lie between 0 and 1, not {threshold}"):
            ProductionEnsemble(members, WEIGHTS, threshold=threshold)
    with pytest.raises(ValueError, match="at least one member"):
        ProductionEnsemble({}, {})


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5))
def test_normalised_weights_sum_to_one_in_the_members_order(values: list[float]) -> None:
    names = [f"m{i}" for i in range(len(values))]
    weights = normalised_weights(dict(reversed(list(zip(names, values, strict=True)))), names)
    assert list(weights) == names
    assert math.fsum(weights.values()) == pytest.approx(1)
