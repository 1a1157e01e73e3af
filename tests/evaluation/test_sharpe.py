import numpy as np
import pytest

from src.evaluation.sharpe import deflated_sharpe, expected_best_of, sharpe_error, sharpe_ratio


def test_ratio_and_error_counted_by_hand() -> None:
    returns = np.array([0.02, -0.01, 0.02, -0.01])
    # Mean ½ %, deviation √3 % with n − 1; the sample is symmetric (skew 0, kurtosis 1).
    assert sharpe_ratio(returns) == pytest.approx(0.5 / np.sqrt(3))
    assert sharpe_error(returns) == pytest.approx(1 / np.sqrt(3))
    # Mean ¼, deviation ½: a ratio of ½; skew 2/√3, kurtosis 7/3.
    assert sharpe_error(np.array([0.0, 0, 0, 1])) == pytest.approx(np.sqrt((1 - 1 / np.sqrt(3) + 1 / 12) / 3))


def test_the_error_is_the_scatter_of_many_samples() -> None:
    samples = np.random.default_rng(0).normal(0.1, 1, (4000, 250))
    ratios = [sharpe_ratio(sample) for sample in samples]
    assert np.std(ratios) == pytest.approx(np.mean([sharpe_error(sample) for sample in samples[:100]]), rel=0.05)


@pytest.mark.parametrize("trials", [10, 172])
def test_the_best_of_many_worthless_ones_is_what_the_formula_expects(trials: int) -> None:
    best = np.random.default_rng(1).normal(0, 1, (20000, trials)).max(axis=1)
    assert expected_best_of(trials, 1.0) == pytest.approx(best.mean(), rel=0.03)
    assert expected_best_of(1, 1.0) == 0


def test_more_trials_deflate_more() -> None:
    returns = np.random.default_rng(2).normal(0.15, 1, 500)
    one, ten, many = (deflated_sharpe(returns, trials) for trials in (1, 10, 1000))
    assert one > 0.9 > ten > many
    assert deflated_sharpe(np.zeros(5), 1) == 0
