import numpy as np
import pytest

from src.core.names import FEATURE_NAMES
from src.ml.base.inputs import relative
from src.validation.out_of_fold import GROUPS
from src.validation.shuffling import PRICES, shuffled_features

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
