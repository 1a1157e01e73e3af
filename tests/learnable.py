"""A small learnable problem: the target follows the sign of zscore, with noise."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.core.names import FEATURE_NAMES
from src.features.table import FeatureTable
from src.ml.base.member import Member
from src.ml.base.registry import make_member

SETTINGS = {
    "lightgbm": {"n_estimators": 10, "num_leaves": 4, "random_state": 1},
    "xgboost": {"n_estimators": 10, "max_depth": 2, "random_state": 1},
    "random_forest": {"n_estimators": 10, "max_depth": 3, "random_state": 1},
}


def table_of(features: NDArray[np.float64], target: NDArray[np.int8]) -> FeatureTable:
    """The feature table of (n, 12) features and (n,) targets, hourly; what does not rise falls."""
    hours = pd.date_range("2020-01-01", periods=len(target), freq="h", tz="UTC", unit="us")
    rows = pd.DataFrame(features, columns=list(FEATURE_NAMES)).assign(target=target, fell=(1 - target).astype("int8"))
    rows.insert(0, "timestamp", hours)
    return FeatureTable(rows)


@pytest.fixture(scope="session")
def problem() -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """(400, 12) features and (400,) targets."""
    rng = np.random.default_rng(7)
    features = rng.normal(1, 0.2, (400, len(FEATURE_NAMES)))
    zscore = features[:, FEATURE_NAMES.index("zscore")] - 1
    return features, (zscore + rng.normal(0, 0.1, 400) > 0).astype("int8")


@pytest.fixture(scope="session")
def members(problem: tuple[NDArray[np.float64], NDArray[np.int8]]) -> dict[str, Member]:
    """The three members, fitted."""
    return {name: make_member(name, settings).fit(*problem) for name, settings in SETTINGS.items()}
