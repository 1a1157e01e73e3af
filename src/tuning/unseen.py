"""Whether the winner is better on rows that no trial has seen."""

from dataclasses import dataclass

import numpy as np

from src.tuning.rows import TuningRows
from src.tuning.scoring import fold_skills
from src.tuning.study import TuningStudy

LOOKS = "looks"


@dataclass(frozen=True)
class Gain:
    """Skill of the trial less that of the settings the study began with: the mean over the unseen folds.

    ``error`` is its standard error, ``look`` how many winners of the study were judged on these rows, it included.
    """

    trial: int
    gain: float
    error: float
    look: int

    @property
    def is_better(self) -> bool:
        """By more than one standard error."""
        return self.gain > self.error


def judged(study: TuningStudy, rows: TuningRows) -> Gain | None:
    """The gain of the best trial, computed once and kept in the study; None where the settings of before are best."""
    best = study.best()
    candidate = study.candidate(best) if best else None
    if best is None or candidate is None or candidate == study.current:
        return None
    looks: list[dict[str, float]] = list(study.optuna.user_attrs.get(LOOKS, []))
    for number, look in enumerate(looks, start=1):
        if look["trial"] == best.number:
            return Gain(best.number, look["gain"], look["error"], number)
    own = np.array(list(fold_skills(candidate, rows.table, rows.unseen)))
    gaps = own - np.array(list(fold_skills(study.current, rows.table, rows.unseen)))
    found = Gain(best.number, float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(len(gaps))), len(looks) + 1)
    looks.append({"trial": found.trial, "gain": found.gain, "error": found.error})
    study.optuna.set_user_attr(LOOKS, looks)
    return found
