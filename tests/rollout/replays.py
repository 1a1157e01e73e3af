"""Two versions and what came of their candles, made up: regular ones, and any number of random replays."""

import numpy as np
from numpy.typing import NDArray

HOUR = 3600
Values = NDArray[np.float64]


def pairs(n: int, worse: float) -> tuple[Values, Values, Values]:
    """(n,) of the judged version, the other and the outcome, without chance; ``worse`` in [0, 0.25]."""
    i = np.arange(1, n + 1)
    outcome = (i * i % 7 < 3).astype(np.float64)
    other = 0.4 + 0.2 * np.cos(2.0 * i) + 0.1 * outcome
    return other + worse * np.sin(i) - 0.3 * worse * outcome, other, outcome


def replays(count: int, n: int, seed: int = 1) -> tuple[Values, Values, Values]:
    """(count, n) of two versions with the same expected loss that differ in every candle.

    The chance of a rise wanders as the volatility of hours does; each version sees it with errors of its own that last
    for hours, by turns larger and smaller than the other's.
    """
    random = np.random.default_rng(seed)
    chance, first, second = (_wandering(random, count, n, last) for last in (0.99, 0.9, 0.9))
    logit = -1.2 + 0.8 * chance
    outcome = (random.random((count, n)) < _sigmoid(logit)).astype(np.float64)
    return _sigmoid(logit + 0.4 * first), _sigmoid(logit + 0.4 * second), outcome


def _wandering(random: np.random.Generator, count: int, n: int, last: float) -> Values:
    """(count, n) with variance 1, of which ``last`` stays from one candle to the next."""
    steps = random.standard_normal((count, n)) * np.sqrt(1 - last**2)
    steps[:, 0] = random.standard_normal(count)
    for i in range(1, n):
        steps[:, i] += last * steps[:, i - 1]
    return steps


def _sigmoid(logit: Values) -> Values:
    return 1 / (1 + np.exp(-logit))
