import numpy as np
import pytest

from src.tuning import unseen as module
from src.tuning.search import search
from src.tuning.study import SKILLS
from src.tuning.unseen import Gain, judged


def tell(study, skill: float) -> int:
    trial = study.optuna.ask()
    study.candidate(trial)
    trial.set_user_attr(SKILLS, [skill])
    study.optuna.tell(trial, skill)
    return trial.number


def test_the_winner_is_judged_once_on_the_unseen_folds(started, rows, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def skills(candidate, table, folds):
        assert folds is rows.unseen
        asked.append(candidate)
        return iter([0.1, 0.2, 0.1] if candidate == started.current else [0.2, 0.2, 0.4])

    monkeypatch.setattr(module, "fold_skills", skills)
    tell(started, 0.1)
    assert judged(started, rows) is None
    winner = tell(started, 0.2)
    found = judged(started, rows)
    # Gains of .1, 0 and .3.
    assert found == Gain(winner, pytest.approx(0.4 / 3), pytest.approx(np.std([0.1, 0, 0.3], ddof=1) / 3**0.5), 1)
    assert found.is_better
    assert judged(started, rows) == found
    assert len(asked) == 2
    better = tell(started, 0.3)
    assert (judged(started, rows).trial, judged(started, rows).look) == (better, 2)


def test_one_standard_error_is_not_enough() -> None:
    assert not Gain(1, 0.01, 0.01, 1).is_better
    assert not Gain(1, -0.01, 0.001, 1).is_better


def test_with_real_members(started, rows) -> None:
    search(started, rows, 3, lambda: True)
    found = judged(started, rows)
    assert found is None or (abs(found.gain) < 1 and found.error > 0)
