import numpy as np
import pytest
from river.drift import PageHinkley

from src.core.errors import UserError
from src.drift.outcomes import BLOCK, alarm_limit, excess_loss, judge_outcomes, largest_sum, weeks_drawn


def usual(rows: int, seed: int = 0) -> np.ndarray:
    """Excess losses of a model that earns a little."""
    return np.random.default_rng(seed).normal(-0.02, 0.25, size=rows)


def test_the_excess_loss_of_four_rows_by_hand() -> None:
    # With a half-life of one row the base rate goes half way to each outcome: 0.5, 0.75, 0.375, 0.1875.
    found = excess_loss(np.array([0.8, 0.1, 0.2, 0.5]), np.array([1.0, 0.0, 0.0, 1.0]), 0.5, half_life=1)
    model = -np.log([0.8, 0.9, 0.8, 0.5])
    base = -np.log([0.5, 0.25, 0.625, 0.1875])
    assert found == pytest.approx(model - base)


def test_the_base_rate_of_a_row_knows_only_rows_before() -> None:
    probability, outcome = np.full(50, 0.3), np.tile([0.0, 1.0], 25)
    later = outcome.copy()
    later[30:] = 1 - later[30:]
    before, after = excess_loss(probability, outcome, 0.5), excess_loss(probability, later, 0.5)
    assert before[:30] == pytest.approx(after[:30])
    assert (before[30:] != after[30:]).all()


def test_the_largest_sum_is_where_the_library_rings() -> None:
    lead, drawn = usual(50), usual(400, seed=1).reshape(2, 200)
    largest = largest_sum(lead, drawn, 0.005)
    for row, sum_ in zip(drawn, largest, strict=True):
        for threshold, rings in ((sum_ * 0.999, True), (sum_ * 1.001, False)):
            test = PageHinkley(min_instances=1, delta=0.005, threshold=threshold, alpha=1.0, mode="up")
            rang = False
            for place, value in enumerate(np.concatenate([lead, row])):
                test.update(float(value))
                rang = rang or bool(test.drift_detected and place >= len(lead))
            assert rang is rings


def test_weeks_are_drawn_whole() -> None:
    drawn = weeks_drawn(np.random.default_rng(0), 1000, 400, 5)
    assert drawn.shape == (5, 400)
    assert (np.diff(drawn[:, :BLOCK]) == 1).all()
    assert (np.diff(drawn[:, BLOCK : 2 * BLOCK]) == 1).all()
    assert drawn.max() < 1000


def test_undrifted_losses_ring_as_seldom_as_asked_for() -> None:
    reference = usual(5000)
    rng = np.random.default_rng(4)
    replays = reference[weeks_drawn(rng, len(reference), 2000, 300)]
    rang = np.mean([judge_outcomes(reference, replay, 0.1).drifted for replay in replays[:20]])
    assert rang <= 0.25
    limit = alarm_limit(reference, 2000, 0.1)
    lead = np.full(2000, reference.mean())
    # Three standard errors of a share of 0.1 among 300.
    assert np.mean(largest_sum(lead, replays, 0.02 * reference.std()) > limit) == pytest.approx(0.1, abs=0.052)


def test_a_model_that_stops_earning_is_told_and_one_that_earns_more_is_not() -> None:
    reference, new = usual(5000), usual(3000, seed=9)
    worse = new.copy()
    worse[1000:] += 0.1
    verdict = judge_outcomes(reference, worse, 0.05)
    assert verdict.alarm is not None
    assert 1000 <= verdict.alarm < 2500
    assert len(verdict.weekly) == 3000 // BLOCK
    better = judge_outcomes(reference, new - 0.1, 0.05)
    assert not better.drifted
    assert better.excess == pytest.approx(new.mean() - 0.1)


def test_too_short_a_reference_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"671 rows out of fold are too few.*672 are needed"):
        judge_outcomes(usual(671), usual(100), 0.05)
