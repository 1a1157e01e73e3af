import numpy as np
import pytest

from src.features.names import FEATURE_NAMES
from src.ml.baselines import BASELINES, volatility_inputs


def test_volatility_inputs_counted_by_hand() -> None:
    row = dict.fromkeys(FEATURE_NAMES, 1.0) | {"close": 200, "atr_14": 2, "volume_ratio": 0.99, "returns_1": -0.0099}
    inputs = volatility_inputs(np.array([list(row.values())]))
    assert inputs[0] == pytest.approx([np.log(0.01), 0, np.log(0.01)])


def test_the_direction_of_the_last_return_does_not_matter() -> None:
    features = np.random.default_rng(0).uniform(0.5, 1, (20, 12))
    mirrored = features.copy()
    mirrored[:, FEATURE_NAMES.index("returns_1")] *= -1
    np.testing.assert_array_equal(volatility_inputs(features), volatility_inputs(mirrored))


@pytest.mark.parametrize("name", sorted(BASELINES))
def test_each_gives_probabilities(name, problem) -> None:
    features, target = problem
    baseline = BASELINES[name]()
    baseline.fit(features, target)
    probability = baseline.predict_proba(features)[:, 1]
    assert ((probability > 0) & (probability < 1)).all()
    if name == "base_rate":
        assert probability == pytest.approx(target.mean())
