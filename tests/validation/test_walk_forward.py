import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from src.artifacts.pickles import model_bytes
from src.core.errors import UserError
from src.ml.base.registry import make_member
from src.validation.folds import Fold, counted_blocks, folds_before
from src.validation.walk_forward import walk_forward
from tests.learnable import SETTINGS, named, table_of


def split(rows: int, folds: int) -> list[Fold]:
    return folds_before(counted_blocks(rows, folds), gap=1)


def test_each_row_is_predicted_by_the_rows_before_the_purge() -> None:
    target = np.array([0, 1, 1, 0, 1, 0, 0, 1], dtype="int8")
    result = walk_forward(lambda: DummyClassifier(strategy="prior"), table_of(np.ones((8, 12)), target), split(8, 2))
    table = result.out_of_fold
    # Fold 1 trains on rows 0–2 without the purged row 3: two ones of three. Fold 2 on rows 0–4.
    assert list(table["row"]) == [4, 5, 6, 7]
    assert list(table["fold"]) == [1, 1, 2, 2]
    assert list(table["probability"]) == pytest.approx([2 / 3, 2 / 3, 3 / 5, 3 / 5])
    assert list(table["base_rate"]) == list(table["probability"])
    assert list(table["target"]) == [1, 0, 0, 1]
    assert list(table["fell"]) == [0, 1, 1, 0]
    # The model on every row answers for every row.
    assert result.model.class_prior_[1] == 4 / 8
    assert list(result.in_sample["probability"]) == [4 / 8] * 8
    assert list(result.in_sample["target"]) == list(target)


@pytest.mark.parametrize("name", named(*sorted(SETTINGS)))
def test_the_result_does_not_depend_on_the_number_of_workers(name, problem) -> None:
    one, four = (
        walk_forward(lambda: make_member(name, SETTINGS[name]), table_of(*problem), split(400, 4), workers=workers)
        for workers in (1, 4)
    )
    pd.testing.assert_frame_equal(one.out_of_fold, four.out_of_fold, check_exact=True)
    pd.testing.assert_frame_equal(one.in_sample, four.in_sample, check_exact=True)
    assert model_bytes(one.model) == model_bytes(four.model)


def test_progress_counts_the_folds(problem) -> None:
    seen: list[tuple[int, int]] = []
    dummy = lambda: DummyClassifier(strategy="prior")  # noqa: E731
    walk_forward(dummy, table_of(*problem), split(400, 3), lambda *step: seen.append(step))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("target", "number"),
    [
        ([0, 1] * 4 + [0] * 4, 2),
        # The training rows 0–2; the purged row 3 does not count.
        ([0, 0, 0, 1] + [0, 1] * 4, 1),
    ],
)
def test_a_fold_of_one_class_is_one_sentence(target: list[int], number: int) -> None:
    with pytest.raises(UserError, match=f"fold {number} holds targets of one class only"):
        walk_forward(DummyClassifier, table_of(np.ones((12, 12)), np.array(target, dtype="int8")), split(12, 2))


def test_variants_are_predicted_by_the_same_fold_s_model(problem) -> None:
    asked: list[tuple[int, int]] = []

    def variants(seen: np.ndarray, number: int) -> dict[str, np.ndarray]:
        asked.append((number, len(seen)))
        return {"same": seen, "other": seen[::-1]}

    result = walk_forward(
        lambda: make_member("random_forest", SETTINGS["random_forest"]),
        table_of(*problem),
        split(400, 3),
        variants=variants,
    )
    table = result.out_of_fold
    assert sorted(asked) == [(1, 100), (2, 100), (3, 100)]
    np.testing.assert_array_equal(table["same"], table["probability"].astype("float32"))
    for _, fold in table.groupby("fold"):
        np.testing.assert_array_equal(fold["other"], fold["same"][::-1])


def test_a_cap_keeps_the_newest_training_rows() -> None:
    target = np.array([0, 1, 1, 0, 1, 0, 0, 1], dtype="int8")
    table = table_of(np.ones((8, 12)), target)
    result = walk_forward(lambda: DummyClassifier(strategy="prior"), table, split(8, 2), newest=3)
    # Fold 1 trains on rows 0-2 as before, fold 2 on rows 2-4 of 0-4, the model on rows 5-7.
    assert list(result.out_of_fold["probability"]) == pytest.approx([2 / 3] * 4)
    assert list(result.out_of_fold["base_rate"]) == pytest.approx([2 / 3, 2 / 3, 3 / 5, 3 / 5])
    assert result.model.class_prior_[1] == pytest.approx(1 / 3)
    assert list(result.in_sample["timestamp"]) == list(table.timestamp[5:])
    assert list(result.in_sample["target"]) == [0, 0, 1]
