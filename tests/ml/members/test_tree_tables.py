"""Each adapter's table, walked by hand, gives the probability that its library gives."""

import numpy as np
import pytest

from src.core.errors import UserError
from src.ml.base.inputs import TRANSFORMS
from src.ml.base.registry import make_member
from src.ml.base.trees import LEAF, TreeTable
from src.ml.members.lightgbm import ZERO, _around_zero
from tests.learnable import SETTINGS, named


def walked(table: TreeTable, inputs: np.ndarray) -> np.ndarray:
    totals = []
    for row in inputs.astype("float64"):
        leaves = []
        for tree in table.trees:
            node = 0
            while tree.feature[node] != LEAF:
                value, threshold = row[tree.feature[node]], tree.threshold[node]
                left = value <= threshold if table.comparison == "<=" else value < threshold
                node = tree.left[node] if left else tree.right[node]
            leaves.append(tree.value[node])
        totals.append(np.sum(leaves) if table.combine == "sum" else np.mean(leaves))
    values = np.array(totals)
    return 1 / (1 + np.exp(-values)) if table.link == "sigmoid" else values


VARIANTS = {
    "lightgbm": [{}, {"boosting_type": "dart"}, {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1}],
    "xgboost": [{}, {"num_parallel_tree": 3, "subsample": 0.5}, {"base_score": 0.2}, {"gamma": 5.0}],
    "random_forest": [{}, {"criterion": "entropy", "max_depth": None}, {"class_weight": "balanced"}],
    "extra_trees": [{}, {"bootstrap": True, "max_samples": 0.5}],
    "catboost": [{}, {"boosting_type": "Ordered"}, {"max_depth": 6, "bootstrap_type": "Bernoulli", "subsample": 0.5}],
}


@pytest.mark.parametrize(
    ("name", "extra"),
    [pytest.param(name, extra, marks=named(name)[0].marks) for name, found in VARIANTS.items() for extra in found],
)
def test_the_table_is_the_model(name, extra, problem) -> None:
    features, target = problem
    member = make_member(name, SETTINGS[name] | extra).fit(features, target)
    found = walked(member.tree_table(), TRANSFORMS[member.inputs](features[:60]))
    np.testing.assert_allclose(found, member.predict_proba(features[:60])[:, 1], atol=2e-7)


@pytest.mark.parametrize("name", sorted(set(VARIANTS) - {"catboost"}))
def test_a_member_of_single_leaves(name, problem) -> None:
    features, target = problem
    # No split gains so much, or leaves so many rows on both sides.
    alone = {
        "lightgbm": {"min_child_samples": 300},
        "xgboost": {"gamma": 1e9},
        "random_forest": {"min_samples_leaf": 300},
        "extra_trees": {"min_samples_leaf": 300},
    }
    member = make_member(name, SETTINGS[name] | alone[name]).fit(features, target)
    assert all(len(tree.feature) == 1 for tree in member.tree_table().trees)
    found = walked(member.tree_table(), TRANSFORMS[member.inputs](features[:5]))
    np.testing.assert_allclose(found, member.predict_proba(features[:5])[:, 1], atol=2e-7)


def test_lightgbms_zero_is_wide() -> None:
    # Returns around 0, -1e-35 among them, which LightGBM takes for 0.
    thresholds = np.array([-float(ZERO), -1e-36, 0.0, 1e-36, float(ZERO), 0.5])
    tried = np.array([-2e-35, -float(ZERO), -1e-36, 0.0, 1e-36, float(ZERO), 2e-35], dtype="float32")
    as_lightgbm = np.where(np.abs(tried) <= ZERO, 0, tried)
    for threshold, ours in zip(thresholds, _around_zero(thresholds), strict=True):
        np.testing.assert_array_equal(tried <= ours, as_lightgbm <= threshold)


def test_lightgbm_itself_takes_tiny_inputs_for_zero(problem) -> None:
    features, _ = problem
    features = features.copy()
    features[:, 2] = np.where(np.arange(len(features)) % 2, 0, -1.0)
    member = make_member("lightgbm", SETTINGS["lightgbm"] | {"inputs": "raw"}).fit(features, features[:, 2] == 0)
    rows = np.repeat(features[:1], 5, axis=0)
    rows[:, 2] = [-1, -2e-35, -1e-35, 0, 1e-35]
    np.testing.assert_allclose(
        walked(member.tree_table(), rows.astype("float32")), member.predict_proba(rows)[:, 1], atol=1e-12
    )


def test_what_the_exporters_do_not_know_is_refused(problem) -> None:
    linear = make_member("xgboost", {"booster": "gblinear", "random_state": 1}).fit(*problem)
    with pytest.raises(UserError, match="xgboost cannot be exported: booster gblinear"):
        linear.tree_table()
    member = make_member("lightgbm", SETTINGS["lightgbm"]).fit(*problem)
    member._model = member._model.replace("binary sigmoid:1", "binary sigmoid:2")
    with pytest.raises(UserError, match="lightgbm cannot be exported"):
        member.tree_table()
