import numpy as np
import pytest

from src.drift.outliers import NEIGHBOURS, Outliers


def test_the_index_on_a_line_of_rows_by_hand() -> None:
    # 101 rows at 0 … 100: quartiles 25 and 75, so one step is 0.02 of the spread.
    outliers = Outliers(np.arange(101.0).reshape(-1, 1))
    # An inner row has its 10 neighbours at 1, 1, 2, 2, … 5, 5 steps: 3 on average.
    inner = outliers.usual[50]
    assert outliers.usual.mean() == pytest.approx(1)
    # From 200, the ten nearest are 100 to 109 steps away.
    assert outliers.index(np.array([[200.0]]))[0] / inner == pytest.approx(104.5 / 3)
    assert NEIGHBOURS == 10


def test_every_input_counts_alike_and_one_that_never_varies_by_its_distance() -> None:
    rng = np.random.default_rng(0)
    training = np.column_stack([rng.normal(size=500), 1000 * rng.normal(size=500), np.full(500, 7.0)])
    outliers = Outliers(training)
    middle = np.array([0.0, 0.0, 7.0])
    first, second, third = (outliers.index((middle + far)[None])[0] for far in np.diag([9.0, 9000.0, 9.0]))
    assert first == pytest.approx(second, rel=0.2)
    assert third > 5


def test_no_rows_have_no_index() -> None:
    assert len(Outliers(np.arange(40.0).reshape(-1, 1)).index(np.empty((0, 1)))) == 0
