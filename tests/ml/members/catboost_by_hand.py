"""A member catboost that no library trained."""

import numpy as np

from src.core.names import FEATURE_NAMES
from src.ml.base.member import Member
from src.ml.base.registry import make_member

RSI, ZSCORE = FEATURE_NAMES.index("rsi_14"), FEATURE_NAMES.index("zscore")


def by_hand(**changes: object) -> Member:
    """A tree of one leaf, and one that asks whether rsi_14 > 50 and zscore > 1."""
    member = make_member("catboost", {"inputs": "raw", "random_state": 1})
    arrays = {
        "_depths": np.array([0, 2]),
        "_inputs": np.array([RSI, ZSCORE]),
        "_borders": np.array([50, 1], dtype="float32"),
        "_leaves": np.array([0.5, 1.0, 2.0, 4.0, 8.0]),
        "_start": -1.0,
    }
    vars(member).update(arrays | changes)
    return member
