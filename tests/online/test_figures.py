"""Weekly sums and the error of their ratio, counted by hand."""

import numpy as np
import pytest

from src.online.figures import WEEK, WeeklyLosses, weekly_losses


def test_losses_are_summed_over_seven_days_from_the_first_candle() -> None:
    opened = np.array([100, 100 + WEEK - 1, 100 + WEEK, 100 + 3 * WEEK])
    found = weekly_losses(opened, {"a": np.array([1.0, 2.0, 4.0, 8.0])})
    assert found.losses["a"].tolist() == [3.0, 4.0, 8.0]
    assert found.rows.tolist() == [2, 1, 1]
    assert found.mean("a") == 15 / 4


def test_the_gain_is_a_share_of_the_bases_loss_with_the_error_of_a_ratio() -> None:
    losses = {"new": [1.0, 1.0, 2.0, 2.0], "old": [2.0, 3.0, 2.0, 5.0], "base": [4.0, 4.0, 4.0, 8.0]}
    found = WeeklyLosses({name: np.array(values) for name, values in losses.items()}, np.ones(4, dtype=np.int64))
    gain = found.gain("new", "old", "base")
    # 6 of 20; the weeks' rests are 1 − 1.2, 2 − 1.2, 0 − 1.2 and 3 − 2.4.
    assert gain.value == pytest.approx(0.3)
    assert gain.error == pytest.approx((4 / 3 * (0.04 + 0.64 + 1.44 + 0.36)) ** 0.5 / 20)
    assert found.gain("old", "old", "base").value == 0


def test_below_four_weeks_there_is_no_error_and_without_a_row_no_gain() -> None:
    three = weekly_losses(WEEK * np.arange(3), {"a": np.ones(3), "b": np.full(3, 2.0)})
    assert three.gain("a", "b", "b").value == 0.5
    assert three.gain("a", "b", "b").error is None
    none = weekly_losses(np.empty(0, dtype=np.int64), {"a": np.empty(0)})
    assert none.mean("a") is None
    assert none.gain("a", "a", "a").value is None
