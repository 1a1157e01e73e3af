"""Other ways to weigh the members' votes, each from past outcomes alone: nothing looks at a row's own future."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from src.ml.vote import direction_given_move

Array = NDArray[np.float64]
# Keeps logits finite; no member comes near it on real candles.
EDGE = 1e-6


def dynamic_weights(
    probabilities: Array, target: NDArray[np.int8], prior: Array, rate: float, half_life: float, delay: int
) -> Array:
    """Exponentiated gradient on the log loss, drawn back to ``prior``.

    Source: Kivinen and Warmuth, Exponentiated Gradient versus Gradient Descent for Linear Predictors (1997); the
    exponents fade, so that the weights follow the last ``half_life`` rows.

    Args:
        probabilities: (n, k) of 1, by member, in the order of time.
        target: (n,) of 0 and 1.
        prior: (k,) weights to start from, of sum 1.
        rate: of learning; 0 keeps the prior.
        half_life: rows after which an outcome counts half.
        delay: rows until an outcome is known: the target's horizon.

    Returns:
        (n, k), each row of sum 1: what the vote of that row may use.
    """
    kept = 0.5 ** (1 / half_life)
    likelihood = np.where(target[:, None] == 1, probabilities, 1 - probabilities)
    exponents = np.zeros(len(prior))
    weights = np.empty_like(probabilities)
    for row in range(len(probabilities)):
        known = row - delay
        if known >= 0:
            gradient = likelihood[known] / (weights[known] @ likelihood[known]) - 1
            exponents = kept * exponents + rate * gradient
        unscaled = prior * np.exp(exponents)
        weights[row] = unscaled / unscaled.sum()
    return weights


def stacked(tables: dict[str, pd.DataFrame], fixed: pd.DataFrame, delay: int) -> pd.DataFrame:
    """Logistic regression on the members' logits, fitted before each fold on the folds before it.

    Source: Wolpert, Stacked Generalization (1992). The first fold has nothing to learn from and keeps ``fixed``.

    Args:
        tables: out-of-fold tables by member.
        fixed: the vote with fixed weights.
        delay: rows left out before a fold: the target's horizon.
    """
    table = next(iter(tables.values()))
    logits = np.column_stack([logit(part["probability"].clip(EDGE, 1 - EDGE)) for part in tables.values()])
    every = np.ones(len(table), dtype=bool)
    answered = _by_past_folds(table, logits, table["target"].to_numpy(), every, fixed["probability"].to_numpy(), delay)
    return fixed.assign(probability=answered)


def recalibrated(table: pd.DataFrame, delay: int) -> pd.DataFrame:
    """A two-headed out-of-fold table whose heads are each scaled on the folds before.

    Source: Platt, Probabilistic Outputs for Support Vector Machines (1999). The first fold keeps its answers.

    Args:
        table: with `probability_move`.
        delay: rows left out before a fold: the target's horizon.
    """
    target, fell = (table[name].to_numpy() for name in ("target", "fell"))
    moved = (target == 1) | (fell == 1)
    move = table["probability_move"].to_numpy()
    heads = {"move": (move, moved, np.ones(len(table), dtype=bool))}
    heads["direction"] = (direction_given_move(table["probability"].to_numpy(), move), target == 1, moved)
    scaled = {}
    for name, (probability, outcome, known) in heads.items():
        logits = logit(probability.clip(EDGE, 1 - EDGE))[:, None]
        scaled[name] = _by_past_folds(table, logits, outcome, known, probability, delay)
    return table.assign(probability=scaled["move"] * scaled["direction"], probability_move=scaled["move"])


def _by_past_folds(
    table: pd.DataFrame,
    logits: Array,
    outcome: NDArray[Any],
    known: NDArray[np.bool_],
    first: Array,
    delay: int,
) -> Array:
    """(n,) what a logistic regression on (n, k) ``logits``, fitted on the ``known`` rows of the folds before, answers;
    ``first`` in the first fold."""
    answered = first.copy()
    for number in sorted(table["fold"].unique())[1:]:
        test = (table["fold"] == number).to_numpy()
        past = (table["row"] < table["row"][test].min() - delay).to_numpy() & known
        model = LogisticRegression().fit(logits[past], outcome[past])
        answered[test] = expit(logits[test] @ model.coef_[0] + model.intercept_[0])
    return answered
