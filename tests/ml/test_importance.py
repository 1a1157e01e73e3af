import numpy as np
import pytest

from src.features.names import FEATURE_NAMES
from src.ml.folds import counted_blocks, folds_before
from src.ml.importance import GROUPS, importance_table, shuffled_features
from src.ml.inputs import relative
from src.ml.registry import make_member
from src.ml.walk_forward import walk_forward

COLUMN = {name: position for position, name in enumerate(FEATURE_NAMES)}


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    return np.random.default_rng(0).uniform(1, 2, (50, 12))


def test_every_feature_is_in_one_group() -> None:
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(FEATURE_NAMES)


def test_a_shuffle_touches_its_group_alone(features) -> None:
    for name, altered in shuffled_features(features, 1).items():
        group = GROUPS[name.removeprefix("shuffled_")]
        changed = {FEATURE_NAMES[i] for i in np.flatnonzero((altered != features).any(axis=0))}
        assert changed == set(group) or group == ("close",)


def test_prices_are_shuffled_as_multiples_of_the_close(features) -> None:
    altered = shuffled_features(features, 1)["shuffled_atr_14"]
    ratio = features[:, COLUMN["atr_14"]] / features[:, COLUMN["close"]]
    np.testing.assert_allclose(np.sort(altered[:, COLUMN["atr_14"]] / altered[:, COLUMN["close"]]), np.sort(ratio))


def test_zscore_and_its_twin_stay_together(features) -> None:
    twins = features.copy()
    twins[:, COLUMN["bb_position"]] = twins[:, COLUMN["zscore"]] / 4 + 0.5
    altered = shuffled_features(twins, 1)["shuffled_zscore"]
    np.testing.assert_array_equal(altered[:, COLUMN["bb_position"]], altered[:, COLUMN["zscore"]] / 4 + 0.5)


def test_the_price_level_says_nothing_to_relative_inputs(features) -> None:
    np.testing.assert_allclose(
        relative(shuffled_features(features, 1)["shuffled_close"]), relative(features), rtol=1e-5
    )


def test_only_the_feature_that_matters_is_important(problem) -> None:
    features, target = problem
    result = walk_forward(
        lambda: make_member("lightgbm", {"n_estimators": 30, "num_leaves": 4, "random_state": 1}),
        features,
        target,
        folds_before(counted_blocks(400, 3), 1),
        variants=shuffled_features,
    )
    table = importance_table(result.out_of_fold).set_index("feature")["log_loss_increase"]
    assert table.idxmax() == "bb_position+zscore"
    assert table.drop("bb_position+zscore").abs().max() < table.max() / 4
