import numpy as np
import pytest

from src.baselines.models import LastHourRule, baselines, volatility_inputs
from src.baselines.seed import SEED_SETTINGS
from src.core.names import FEATURE_NAMES
from src.ml.base.registry import make_member


def test_volatility_inputs_counted_by_hand() -> None:
    row = dict.fromkeys(FEATURE_NAMES, 1.0) | {"close": 200, "atr_14": 2, "volume_ratio": 0.99, "returns_1": -0.0099}
    inputs = volatility_inputs(np.array([list(row.values())]))
    assert inputs[0] == pytest.approx([np.log(0.01), 0, np.log(0.01)])


def test_the_direction_of_the_last_return_does_not_matter() -> None:
    features = np.random.default_rng(0).uniform(0.5, 1, (20, 12))
    mirrored = features.copy()
    mirrored[:, FEATURE_NAMES.index("returns_1")] *= -1
    np.testing.assert_array_equal(volatility_inputs(features), volatility_inputs(mirrored))


@pytest.mark.parametrize("name", sorted(baselines(0.003)))
def test_each_gives_probabilities(name, problem) -> None:
    features, target = problem
    baseline = baselines(0.003)[name]()
    baseline.fit(features, target)
    probability = baseline.predict_proba(features)[:, 1]
    assert ((probability > 0) & (probability < 1)).all()
    if name == "base_rate":
        assert probability == pytest.approx(target.mean())


def test_the_last_hour_rule_counted_by_hand() -> None:
    returns = np.array([0.01, 0.01, 0.0, 0.003, -0.02])
    features = np.ones((5, 12))
    features[:, FEATURE_NAMES.index("returns_1")] = returns
    rule = LastHourRule(0.003).fit(features, np.array([1, 1, 0, 0, 1]))
    # After the two rises two 1s, after the three others one 1; one 1 and one 0 are added to either.
    assert rule.predict_proba(features)[:, 1] == pytest.approx([3 / 4, 3 / 4, 2 / 5, 2 / 5, 2 / 5])


def test_the_seed_s_vote_is_that_of_its_members(problem) -> None:
    features, target = (part[:60] for part in problem)
    members = [make_member(name, settings).fit(features, target) for name, settings in SEED_SETTINGS.items()]
    parts = [member.predict_proba(features[:9])[:, 1] for member in members]
    expected = np.average(parts, axis=0, weights=[0.4, 0.4, 0.2])
    baseline = baselines(0.003)["seed"]()
    baseline.fit(features, target)
    np.testing.assert_allclose(baseline.predict_proba(features[:9])[:, 1], expected)
