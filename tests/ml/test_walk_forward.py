import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

from src.errors import UserError
from src.ml.registry import make_member
from src.ml.walk_forward import expanding_folds, out_of_fold_probabilities
from tests.ml.conftest import SETTINGS


def test_twelve_rows_three_folds_two_purged() -> None:
    folds = expanding_folds(12, 3, 2)
    assert [list(fold.train) for fold in folds] == [[0], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6]]
    assert [list(fold.test) for fold in folds] == [[3, 4, 5], [6, 7, 8], [9, 10, 11]]


@given(rows=st.integers(30, 500), folds=st.integers(2, 8), purge=st.integers(1, 3))
def test_nothing_before_a_fold_is_nearer_than_the_purge(rows: int, folds: int, purge: int) -> None:
    split = expanding_folds(rows, folds, purge)
    assert len(split) == folds
    for fold in split:
        assert fold.train[0] == 0
        assert fold.test[0] - fold.train[-1] == purge + 1
    tested = np.concatenate([fold.test for fold in split])
    np.testing.assert_array_equal(tested, np.arange(tested[0], rows))


def test_too_few_rows_are_one_sentence() -> None:
    with pytest.raises(UserError, match="5 rows are too few for `validation.folds` 6 with 1 rows purged"):
        expanding_folds(5, 6, 1)


def test_each_row_is_predicted_by_the_rows_before_the_purge() -> None:
    target = np.array([0, 1, 1, 0, 1, 0, 0, 1], dtype="int8")
    table = out_of_fold_probabilities(
        lambda: DummyClassifier(strategy="prior"), np.ones((8, 12)), target, expanding_folds(8, 2, 1)
    )
    # Fold 1 trains on rows 0–2 without the purged row 3: two ones of three. Fold 2 on rows 0–4.
    assert list(table["row"]) == [4, 5, 6, 7]
    assert list(table["fold"]) == [1, 1, 2, 2]
    assert list(table["probability"]) == pytest.approx([2 / 3, 2 / 3, 3 / 5, 3 / 5])
    assert list(table["base_rate"]) == list(table["probability"])


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_result_does_not_depend_on_the_number_of_workers(name, problem) -> None:
    features, target = problem
    one, four = (
        out_of_fold_probabilities(
            lambda: make_member(name, SETTINGS[name]), features, target, expanding_folds(400, 4, 1), workers=workers
        )
        for workers in (1, 4)
    )
    pd.testing.assert_frame_equal(one, four, check_exact=True)


def test_progress_counts_the_folds(problem) -> None:
    seen: list[tuple[int, int]] = []
    out_of_fold_probabilities(
        lambda: DummyClassifier(strategy="prior"), *problem, expanding_folds(400, 3, 1), lambda *step: seen.append(step)
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_fold_of_one_class_is_one_sentence() -> None:
    target = np.array([0, 1] * 4 + [0] * 4, dtype="int8")
    with pytest.raises(UserError, match="fold 2 holds targets of one class only"):
        out_of_fold_probabilities(DummyClassifier, np.ones((12, 12)), target, expanding_folds(12, 2, 1))
