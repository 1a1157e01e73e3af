"""Log odds corrected by past outcomes: two steps by hand, and blind to the future."""

import numpy as np

from benchmarks.recalibration import recalibrated


def test_two_steps_by_hand() -> None:
    told = recalibrated(np.array([0.5, 0.5, 0.8, 0.5]), np.array([1.0, 0.0, 1.0, 0.0]), horizon=1, rate=0.1)
    # Row 2 knows row 0: the intercept rises by .05, the slope stays, since log odds of 0 tell nothing of it.
    first = 0.05
    np.testing.assert_allclose(told[:3], [0.5, 0.5, 1 / (1 + np.exp(-first - np.log(4)))])
    # Row 3 knows row 1 too, which fell.
    second = first - 0.1 / (1 + np.exp(-first))
    np.testing.assert_allclose(told[3], 1 / (1 + np.exp(-second)))


def test_a_slope_that_is_too_large_shrinks_and_the_future_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    odds = rng.normal(-2, 1, 20_000)
    target = (rng.random(len(odds)) < 1 / (1 + np.exp(-odds))).astype("float64")
    loud = 1 / (1 + np.exp(-2 * odds))
    told = recalibrated(loud, target, 2, 0.03)
    assert abs(told[-5000:].mean() - target[-5000:].mean()) < 0.02
    other = target.copy()
    other[10_000:] = 1 - other[10_000:]
    again = recalibrated(loud, other, 2, 0.03)
    np.testing.assert_array_equal(again[:10_003], told[:10_003])
    assert again[10_003] != told[10_003]
