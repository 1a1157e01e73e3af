import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from src.core.errors import UserError
from src.validation.folds import Fold, calendar_blocks, counted_blocks, folds_before
from src.validation.params import ValidationParams


def rows_of(folds: list[Fold]) -> list[tuple[list[int], list[int]]]:
    return [(list(fold.train), list(fold.test)) for fold in folds]


def test_twelve_rows_three_folds_two_purged() -> None:
    folds = folds_before(counted_blocks(12, 3), gap=2)
    assert rows_of(folds) == [
        ([0], [3, 4, 5]),
        ([0, 1, 2, 3], [6, 7, 8]),
        ([0, 1, 2, 3, 4, 5, 6], [9, 10, 11]),
    ]


def test_a_rolling_window_keeps_its_length() -> None:
    folds = folds_before(counted_blocks(12, 2), gap=1, train_rows=3)
    assert rows_of(folds) == [([0, 1, 2], [4, 5, 6, 7]), ([4, 5, 6], [8, 9, 10, 11])]


@given(rows=st.integers(30, 500), folds=st.integers(2, 8), gap=st.integers(1, 3))
def test_the_default_is_scikit_learn_s_time_series_split(rows: int, folds: int, gap: int) -> None:
    ours = folds_before(counted_blocks(rows, folds), gap)
    theirs = TimeSeriesSplit(folds, gap=gap).split(np.empty(rows))
    assert rows_of(ours) == [(list(train), list(test)) for train, test in theirs]


@given(
    horizon=st.integers(1, 5), embargo=st.integers(0, 5), train_rows=st.none() | st.integers(1, 40), rows=st.just(200)
)
def test_no_training_row_knows_a_close_of_the_test_fold(horizon, embargo, train_rows, rows) -> None:
    window = "expanding" if train_rows is None else "rolling"
    params = ValidationParams(folds=3, window=window, train_rows=train_rows, embargo=embargo)
    hours = pd.Series(pd.date_range("2020-01-01", periods=rows, freq="h", tz="UTC"))
    for fold in params.split(hours, horizon):
        # The target of the last training row is made of the close `horizon` rows later.
        assert fold.train[-1] + horizon < fold.test[0]
        assert fold.test[0] - fold.train[-1] == horizon + embargo + 1
        assert train_rows is None or len(fold.train) == train_rows


def test_calendar_months_in_utc() -> None:
    # Days 30 January to 3 April 2020; February has 29 days. April is left out: nothing says that it is complete.
    days = pd.Series(pd.date_range("2020-01-30", "2020-04-03", freq="D", tz="UTC"))
    assert calendar_blocks(days, 2, "month") == [(2, 31), (31, 62)]
    assert rows_of(folds_before([(2, 31)], gap=1))[0][0] == [0]


def test_calendar_quarters_and_years_begin_where_they_do() -> None:
    days = pd.Series(pd.date_range("2018-07-01", "2021-02-01", freq="D", tz="UTC"))
    for unit, first in (("quarter", "2020-07-01"), ("year", "2019-01-01")):
        (start, _), (middle, stop) = blocks = calendar_blocks(days, 2, unit)
        assert days[start] == pd.Timestamp(first, tz="UTC")
        assert days[stop] == pd.Timestamp("2021-01-01", tz="UTC")
        assert days[middle].day == 1
        assert rows_of(ValidationParams(folds=2, blocks=unit).split(days, 1)) == rows_of(folds_before(blocks, 1))


@pytest.mark.parametrize(
    ("params", "rows", "sentence"),
    [
        ({"folds": 6}, 5, "5 rows are too few for `validation.folds` 6; lengthen"),
        (
            {"folds": 3, "window": "rolling", "train_rows": 40},
            100,
            "fold 1 .* which is too few; lengthen `ingest.days`",
        ),
        ({"folds": 3, "embargo": 30}, 100, "train on 0 rows"),
        ({"folds": 3, "blocks": "month"}, 100, "touch 1 calendar months, but `validation.folds` 3 need 5"),
        # January, February, March and one hour of April.
        ({"folds": 3, "blocks": "month"}, 24 * 91 + 1, "touch 4 calendar months, but `validation.folds` 3 need 5"),
    ],
)
def test_too_few_rows_are_one_sentence(params: dict, rows: int, sentence: str) -> None:
    hours = pd.Series(pd.date_range("2020-01-01", periods=rows, freq="h", tz="UTC"))
    with pytest.raises(UserError, match=sentence):
        ValidationParams(**params).split(hours, 1)


def test_a_block_without_rows_is_refused() -> None:
    with pytest.raises(UserError, match="fold 2 would test rows 4 to 4"):
        folds_before([(2, 4), (4, 4)], gap=1)


@pytest.mark.parametrize("params", [{"window": "rolling"}, {"window": "expanding", "train_rows": 5}])
def test_a_window_that_contradicts_itself_is_refused(params: dict) -> None:
    with pytest.raises(ValueError, match="`train_rows` is the length of a rolling window"):
        ValidationParams(folds=3, **params)
