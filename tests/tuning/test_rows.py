import numpy as np
import pandas as pd
import pytest

from src.core.errors import UserError
from src.core.names import FEATURE_NAMES
from src.features.table import FeatureTable
from src.tuning.rows import split_rows
from src.validation.params import ValidationParams
from tests.learnable import table_of


def table(rows: int) -> FeatureTable:
    return table_of(np.ones((rows, len(FEATURE_NAMES))), np.arange(rows).astype("int8") % 2)


def test_the_last_fifth_is_seen_by_no_trial() -> None:
    seen, unseen = split_rows(table(100), ValidationParams(folds=3), horizon=2)
    # 78 rows: 80 less the two whose targets reach into the rest.
    assert [(fold.train[-1], fold.test[0], fold.test[-1]) for fold in seen] == [
        (18, 21, 39),
        (37, 40, 58),
        (56, 59, 77),
    ]
    assert [(fold.test[0], fold.test[-1]) for fold in unseen] == [
        (80, 82), (83, 85), (86, 89), (90, 92), (93, 95), (96, 99),
    ]  # fmt: skip
    assert all(fold.train[0] == 0 and fold.train[-1] == fold.test[0] - 3 for fold in unseen)


def test_a_rolling_window_and_an_embargo_hold_there_too() -> None:
    validation = ValidationParams(folds=2, window="rolling", train_rows=10, embargo=4)
    _, unseen = split_rows(table(100), validation, horizon=1)
    assert [(fold.train[0], fold.train[-1]) for fold in unseen][:2] == [(65, 74), (68, 77)]


def test_too_few_rows_are_one_sentence() -> None:
    with pytest.raises(UserError, match="12 rows are too few to search on; lengthen `ingest.days`"):
        split_rows(table(12), ValidationParams(folds=2), horizon=1)


def test_the_timestamps_go_along() -> None:
    assert isinstance(table(100).timestamp, pd.Series)
