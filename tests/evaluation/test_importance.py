import numpy as np
import pandas as pd
import pytest

from src.core.names import FEATURE_NAMES
from src.evaluation.importance import GROUPS, PRICES, importance_table, shuffled_features
from src.ml.base.inputs import relative
from src.ml.base.registry import make_member
from src.validation.folds import counted_blocks, folds_before
from src.validation.walk_forward import walk_forward

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
        assert changed == (set(PRICES) if group == ("close",) else set(group))


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


def test_the_price_level_is_that_of_another_row(features) -> None:
    altered = shuffled_features(features, 1)["shuffled_close"][:, COLUMN["close"]]
    np.testing.assert_allclose(np.sort(altered), np.sort(features[:, COLUMN["close"]]))


def test_the_increase_and_its_error_are_over_the_folds() -> None:
    table = pd.DataFrame({"fold": [1, 1, 2, 2, 3, 3], "target": [0, 1] * 3, "probability": [0.2, 0.8] * 3})
    shuffled = {f"shuffled_{group}": table["probability"] for group in GROUPS}
    shuffled["shuffled_rsi_14"] = pd.Series([0.5, 0.5, 0.2, 0.8, 0.2, 0.8])
    rows = importance_table(table.assign(**shuffled)).set_index("feature")
    # The loss grows by ln 0.8 − ln 0.5 in fold 1, by nothing in the others: mean and standard error are a third.
    third = np.log(0.8 / 0.5) / 3
    assert rows.loc["rsi_14"].tolist() == pytest.approx([third, third])
    assert rows.drop("rsi_14").to_numpy().tolist() == [[0, 0]] * 10


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
