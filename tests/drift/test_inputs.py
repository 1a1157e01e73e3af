import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from src.core.errors import UserError
from src.drift.inputs import LEAST_SHARE, InputHistory, distances, kolmogorov_smirnov, past_distances, stability_index

NAMES = ("calm", "wild")


def waves(rows: int, seed: int = 0) -> np.ndarray:
    """(rows, 2): noise whose size follows a slow wave, so that months differ as those of a market do."""
    rng = np.random.default_rng(seed)
    size = 1 + 0.3 * np.sin(np.arange(rows) / 300)
    return rng.normal(size=(rows, 2)) * size[:, None]


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=40),
    st.lists(st.floats(-5, 5), min_size=1, max_size=40),
)
def test_the_distance_is_that_of_scipy(before: list[float], window: list[float]) -> None:
    expected = ks_2samp(before, window, method="asymp").statistic
    assert kolmogorov_smirnov(np.sort(before), np.array(window)) == pytest.approx(expected, abs=1e-12)


def test_the_stability_index_counted_by_hand() -> None:
    before = np.arange(10.0)
    # Nine rows in the lowest of ten bins, one in the highest, none in the eight between.
    window = np.array([0.0] * 9 + [9.0])
    expected = 0.8 * np.log(0.9 / 0.1) + 8 * (LEAST_SHARE - 0.1) * np.log(LEAST_SHARE / 0.1)
    assert stability_index(before, window) == pytest.approx(expected)
    assert stability_index(before, before) == 0


def test_windows_of_the_past_are_taken_from_the_second_half_against_the_rows_before() -> None:
    training = waves(1000)
    found = past_distances(training, 160)
    # Starts 500, 520, … 840.
    assert found.shape == (18, 4)
    assert found[1] == pytest.approx(distances(np.sort(training[:520], axis=0), training[520:680]))


def test_what_was_usual_is_no_drift_and_what_never_was_is() -> None:
    data = waves(4400, seed=3)
    history = InputHistory(data[:4000], 400, NAMES)
    calm = history.judge(data[4000:], alpha=0.05)
    assert not calm.drifted
    assert not any(one.drifted for one in calm.inputs)
    shifted = data[4000:] + np.array([0.0, 3.0])
    loud = history.judge(shifted, alpha=0.05)
    assert loud.drifted
    assert [one.name for one in loud.inputs if one.drifted] == ["wild"]
    assert loud.p_value == pytest.approx(1 / (1 + loud.windows))


def test_an_input_that_never_varied_is_told_when_it_moves() -> None:
    data = waves(4000)
    data[:, 1] = 1.0
    history = InputHistory(data, 400, NAMES)
    assert not history.judge(data[-400:], alpha=0.05).drifted
    moved = data[-400:] + np.array([0.0, 1.0])
    assert [one.name for one in history.judge(moved, alpha=0.05).inputs if one.drifted] == ["wild"]


@pytest.mark.parametrize(("rows", "bars"), [(4000, 99), (400, 300), (700, 300)])
def test_too_few_rows_are_one_sentence(rows: int, bars: int) -> None:
    with pytest.raises(UserError, match=rf"{rows} training rows are too few to judge {bars} new ones.*`drift\.rows`"):
        InputHistory(waves(rows), bars, NAMES)
