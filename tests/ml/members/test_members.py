import pickle
import warnings

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from src.artifacts.pickles import model_bytes
from src.core.errors import UserError
from src.core.names import FEATURE_NAMES
from src.ml.base.inputs import RELATIVE_NAMES
from src.ml.base.member import recency_weights
from src.ml.base.registry import make_member, member_names
from tests.learnable import INSTALLED, SETTINGS, named

NAMES = named(*sorted(SETTINGS))


def test_every_adapter_is_tested_here() -> None:
    assert member_names() == sorted(SETTINGS)


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_without_a_warning(name, problem, trained) -> None:
    features, target = problem
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probability = trained[name].predict_proba(features)
        decision = trained[name].predict(features)
    assert probability.shape == (400, 2)
    np.testing.assert_allclose(probability.sum(axis=1), 1)
    assert roc_auc_score(target, probability[:, 1]) > 0.9
    np.testing.assert_array_equal(decision, probability[:, 1] >= 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_training_and_pickling_twice_give_the_same_bytes(name, problem, trained) -> None:
    again = make_member(name, SETTINGS[name]).fit(*problem)
    first = model_bytes(again)
    # A prediction must leave no trace in the pickle, nor a round trip.
    trained[name].predict_proba(problem[0])
    assert model_bytes(trained[name]) == first
    assert model_bytes(pickle.loads(first)) == first


@pytest.mark.parametrize("name", NAMES)
def test_a_pickle_predicts_the_same(name, problem, trained) -> None:
    loaded = pickle.loads(model_bytes(trained[name]))
    np.testing.assert_array_equal(loaded.predict_proba(problem[0]), trained[name].predict_proba(problem[0]))


@pytest.mark.parametrize("name", NAMES)
def test_no_rows_give_no_predictions(name, trained) -> None:
    assert trained[name].predict_proba(np.empty((0, 12))).shape == (0, 2)


@pytest.mark.parametrize("name", NAMES)
def test_module_paths_of_pickled_classes_are_frozen(name, trained) -> None:
    paths = {
        "lightgbm": "src.ml.members.lightgbm.LightGBMMember",
        "xgboost": "src.ml.members.xgboost.XGBoostMember",
        "random_forest": "src.ml.members.random_forest.RandomForestMember",
        "extra_trees": "src.ml.members.extra_trees.ExtraTreesMember",
        "mlp": "src.ml.members.mlp.MLPMember",
        "catboost": "src.ml.members.catboost.CatBoostMember",
    }
    kind = type(trained[name])
    assert f"{kind.__module__}.{kind.__qualname__}" == paths[name]


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_settings_it_does_not_take_are_refused(name) -> None:
    right = "max_iter" if name == "mlp" else "n_estimators"
    with pytest.raises(UserError, match=f"`members.{name}`: '?{right}z'? is not .*did you mean {right}"):
        make_member(name, {f"{right}z": 5})
    with pytest.raises(UserError, match="n_jobs is set by the pipeline"):
        make_member(name, {"n_jobs": 2})
    with pytest.raises(UserError, match="inputs: 'log' is not one of raw, relative"):
        make_member(name, {"inputs": "log"})


@pytest.mark.parametrize("name", named(*sorted(set(SETTINGS) - {"mlp"})))
def test_the_probability_only_rises_with_a_rising_input(name, problem) -> None:
    features, target = problem
    # In truth it falls with zscore's opposite: unconstrained, the members learn that.
    falls = SETTINGS[name] | {"inputs": "raw"}
    zscore = FEATURE_NAMES.index("zscore")
    grid = np.tile(features[0], (50, 1))
    grid[:, zscore] = np.linspace(0.5, 1.5, 50)
    free = make_member(name, falls).fit(features, 1 - target).predict_proba(grid)[:, 1]
    bound = make_member(name, falls | {"rising": ["zscore"]}).fit(features, 1 - target).predict_proba(grid)[:, 1]
    assert np.diff(free).min() < -0.01
    assert np.diff(bound).min() >= -1e-9


@pytest.mark.parametrize("name", NAMES)
def test_with_a_half_life_the_newest_rows_count_most(name, problem) -> None:
    features, target = problem
    # The rule turns round after the first 300 of 400 rows.
    turned = np.concatenate([1 - target[:300], target[300:]])
    plain = make_member(name, SETTINGS[name]).fit(features, turned).predict_proba(features)[:, 1]
    recent = make_member(name, SETTINGS[name] | {"half_life": 10}).fit(features, turned).predict_proba(features)[:, 1]
    assert roc_auc_score(target, plain) < 0.5 < roc_auc_score(target, recent)


def test_recency_weights_counted_by_hand() -> None:
    assert list(recency_weights(5, 2.0)) == [0.25, 0.353553, 0.5, 0.707107, 1.0]
    assert recency_weights(5, None) is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"rising": ["atr"]}, "rising: atr is not an input; the inputs are returns_1, rsi_14"),
        ({"rising": None}, "rising must be a list"),
        ({"without": ["atr"]}, "without: atr is not an input; the inputs are returns_1, rsi_14"),
        ({"without": "zscore"}, r"without must be a list, as \[volume_ratio\], not 'zscore'"),
        ({"without": list(RELATIVE_NAMES)}, "without: no input is left"),
        ({"without": ["zscore"], "rising": ["zscore"]}, "rising: zscore is not an input"),
        ({"rising": "volume_ratio"}, r"rising must be a list, as \[volume_ratio\], not 'volume_ratio'"),
        ({"learning_rate": float("inf")}, "learning_rate must be a finite number"),
        ({"n_estimators": 10**12}, "n_estimators must be a finite number"),
        ({"n_estimators": 10**9}, "n_estimators must be a number from 1 to 100000, not 1000000000"),
        ({"random_state": 10**39}, "random_state must be a whole number from 0 to 4294967295"),
        ({"half_life": 0}, "half_life must be a number of rows from 1 to 1000000000, not 0"),
        ({"half_life": "abc"}, "half_life must be a number of rows from 1 to 1000000000, not 'abc'"),
        ({"inputs": [1]}, r"inputs: \[1\] is not one of raw, relative"),
        ({"objective": "reg:squarederror"}, "objective is set by the pipeline; remove it"),
        ({"random_state": None}, "random_state must be a whole number from 0 to .* it is None"),
        ({"random_state": -1}, "random_state must be a whole number from 0 to"),
    ],
)
def test_bad_settings_of_every_member_are_refused(settings: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=f"params.yaml: `members.xgboost`: {sentence}"):
        make_member("xgboost", {"random_state": 1} | settings)


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_member_without_a_seed_is_refused(name) -> None:
    with pytest.raises(UserError, match=f"`members.{name}`: random_state must be a whole number from 0 to"):
        make_member(name, {})


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lightgbm", {"subsample": "abc"}),
        ("lightgbm", {"colsample_bytree": -3.0}),
        ("xgboost", {"gamma": "abc"}),
        ("xgboost", {"subsample": 9.0}),
        ("random_forest", {"min_samples_leaf": 0}),
        ("random_forest", {"criterion": "abc"}),
        ("extra_trees", {"max_features": 0}),
        ("mlp", {"alpha": -1.0}),
        ("mlp", {"rising": ["zscore"]}),
        pytest.param("catboost", {"bootstrap_type": "abc"}, marks=named("catboost")[0].marks),
    ],
)
def test_a_value_the_estimator_cannot_use_is_one_sentence(name, settings, problem) -> None:
    member = make_member(name, SETTINGS[name] | settings)
    with pytest.raises(UserError, match=rf"^params.yaml: `members.{name}` cannot be trained: [^\n]+\.$"):
        member.fit(*problem)


def test_an_unknown_member_is_refused() -> None:
    with pytest.raises(
        UserError,
        match="`members.moss` has no adapter in src/ml/members; the adapters are catboost, extra_trees, lightgbm, mlp",
    ):
        make_member("moss", {})


def test_one_class_is_refused(problem) -> None:
    with pytest.raises(ValueError, match="needs targets of both classes"):
        make_member("lightgbm", {"random_state": 1}).fit(problem[0], np.zeros(400))


@pytest.mark.parametrize("name", NAMES)
def test_an_input_it_is_without_changes_nothing(name, problem) -> None:
    features, target = problem
    settings = SETTINGS[name] | {"without": ["zscore", "|returns_1|"]}
    member = make_member(name, settings).fit(features, target)
    assert len(member.input_names) == len(RELATIVE_NAMES) - 2
    altered = features.copy()
    altered[:, FEATURE_NAMES.index("zscore")] = 7
    np.testing.assert_array_equal(member.predict_proba(altered), member.predict_proba(features))
    # Another member never stores what it does not use: its bytes are those of before the setting.
    assert b"without" not in model_bytes(make_member(name, SETTINGS[name]))


@pytest.mark.skipif("catboost" in INSTALLED, reason="catboost is installed here")
def test_without_its_library_catboost_says_what_to_run(problem) -> None:
    with pytest.raises(UserError, match="the library catboost is not installed; run `make catboost-setup`"):
        make_member("catboost", SETTINGS["catboost"]).fit(*problem)
