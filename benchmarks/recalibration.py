"""Correct a model's log odds after each outcome, by intercept and slope."""

import numpy as np
from scipy.special import expit, logit

RATES = (0.003, 0.01, 0.03)
# Log odds lie around −2, so the slope's gradient is larger than the intercept's.
SLOPE = 0.1


def recalibrated(probability: np.ndarray, target: np.ndarray, horizon: int, rate: float) -> np.ndarray:
    """Logistic regression on the log odds, learned by stochastic gradient descent, one step an outcome.

    It begins with what the model says. Row i is answered with the outcomes of rows below i − ``horizon``.

    Source: Platt, Probabilistic Outputs for Support Vector Machines (1999), kept up to date.

    Args:
        probability: (n,) of 1.
        target: (n,) of 0 and 1.
        rate: of the intercept; the slope's is a tenth of it.
    """
    odds = logit(probability)
    intercept, slope = 0.0, 1.0
    answers = np.empty(len(odds))
    for row, odd in enumerate(odds):
        if (known := row - horizon - 1) >= 0:
            error = expit(intercept + slope * odds[known]) - target[known]
            intercept -= rate * error
            slope -= SLOPE * rate * error * odds[known]
        answers[row] = expit(intercept + slope * odd)
    return answers
