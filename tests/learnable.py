"""A small learnable problem: the target follows the sign of zscore, with noise."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from _pytest.mark import ParameterSet
from numpy.typing import NDArray

from src.core.names import FEATURE_NAMES, FEATURE_SETS
from src.features.table import FeatureTable
from src.ml.base.member import Member
from src.ml.base.registry import make_member

SETTINGS = {
    "lightgbm": {"n_estimators": 10, "num_leaves": 4, "random_state": 1},
    "xgboost": {"n_estimators": 10, "max_depth": 2, "random_state": 1},
    "random_forest": {"n_estimators": 10, "max_depth": 3, "random_state": 1},
    "extra_trees": {"n_estimators": 10, "max_depth": 3, "random_state": 1},
    "mlp": {"hidden_layer_sizes": [8], "max_iter": 40, "learning_rate_init": 0.01, "random_state": 1},
    "catboost": {"n_estimators": 10, "max_depth": 3, "random_state": 1},
}
# Of the members that `make setup` does not make trainable: the library they need.
OPTIONAL = {"catboost": "catboost"}
INSTALLED = [name for name in SETTINGS if name not in OPTIONAL or find_spec(OPTIONAL[name])]


def named(*names: str) -> list[ParameterSet]:
    """The members ``names`` as parameters of a test; skipped where their library is not installed."""
    return [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                name not in INSTALLED,
                reason=f"{OPTIONAL.get(name)} is not installed here; see test_catboost.py",
            ),
        )
        for name in names
    ]


def table_of(features: NDArray[np.float64], target: NDArray[np.int8]) -> FeatureTable:
    """The feature table of (n, 12) features and (n,) targets, hourly; what does not rise falls."""
    hours = pd.date_range("2020-01-01", periods=len(target), freq="h", tz="UTC", unit="us")
    rows = pd.DataFrame(features, columns=list(FEATURE_NAMES)).assign(target=target, fell=(1 - target).astype("int8"))
    rows.insert(0, "timestamp", hours)
    return FeatureTable(rows)


def wide_problem() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(600, k) features and (600,) moves: `range_1` says whether it moves, `clv_1` which way."""
    names = FEATURE_SETS["wide"]
    rng = np.random.default_rng(11)
    features = rng.normal(1, 0.2, (600, len(names)))
    moved = features[:, names.index("range_1")] + rng.normal(0, 0.05, 600) > 1
    rises = features[:, names.index("clv_1")] + rng.normal(0, 0.05, 600) > 1
    return features, np.where(moved, np.where(rises, 1, -1), 0)


@pytest.fixture(scope="session")
def problem() -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """(400, 12) features and (400,) targets."""
    rng = np.random.default_rng(7)
    features = rng.normal(1, 0.2, (400, len(FEATURE_NAMES)))
    zscore = features[:, FEATURE_NAMES.index("zscore")] - 1
    return features, (zscore + rng.normal(0, 0.1, 400) > 0).astype("int8")


@pytest.fixture(scope="session")
def trained(problem: tuple[NDArray[np.float64], NDArray[np.int8]]) -> dict[str, Member]:
    """The members that can be trained here, fitted."""
    return {name: make_member(name, SETTINGS[name]).fit(*problem) for name in INSTALLED}


@pytest.fixture(scope="session")
def members(trained: dict[str, Member]) -> dict[str, Member]:
    """The three members of the vote, fitted."""
    return {name: trained[name] for name in ("lightgbm", "xgboost", "random_forest")}
