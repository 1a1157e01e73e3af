"""The settings the seed trained its members with: on raw prices, deep and fast, without regularisation."""

from typing import Any

SEED_SETTINGS: dict[str, dict[str, Any]] = {
    "lightgbm": {
        "inputs": "raw",
        "n_estimators": 200,
        "learning_rate": 0.1,
        "max_depth": 8,
        "num_leaves": 31,
        "random_state": 42,
    },
    "xgboost": {"inputs": "raw", "n_estimators": 200, "learning_rate": 0.1, "max_depth": 8, "random_state": 42},
    "random_forest": {"inputs": "raw", "n_estimators": 200, "max_depth": 12, "random_state": 42},
}
SEED_WEIGHTS = {"lightgbm": 0.4, "xgboost": 0.4, "random_forest": 0.2}
