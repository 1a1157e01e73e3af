"""The skill of a candidate's vote, fold by fold."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from src.evaluation.metrics import score
from src.features.table import FeatureTable
from src.ml.base.registry import make_member
from src.ml.vote import normalised_weights, weighted_mean
from src.tuning.space import Candidate
from src.validation.folds import Fold


def fold_skills(candidate: Candidate, table: FeatureTable, folds: list[Fold]) -> Iterator[float]:
    """The log loss skill on the test rows of each fold, as ``src.evaluation.metrics`` defines it.

    A member without weight is not fitted.

    Raises:
        UserError: a setting that a member cannot use.
    """
    weights = normalised_weights(candidate.weights, list(candidate.members))
    voting = {name: weight for name, weight in weights.items() if weight}
    labels = table.moves if candidate.feature_set == "wide" else table.target
    for fold in folds:
        answers: dict[str, NDArray[np.float64]] = {}
        for name in voting:
            member = make_member(name, candidate.members[name], candidate.feature_set)
            member.fit(table.features[fold.train], labels[fold.train])
            answers[name] = member.predict_proba(table.features[fold.test])[:, 1]
        base_rate = float(table.target[fold.train].mean())
        scores = score(table.target[fold.test], weighted_mean(answers, voting), base_rate, 0.5)
        yield float(scores["log_loss_skill"])
