import numpy as np
import pytest
from optuna.trial import TrialState

from src.ml.base.inputs import RELATIVE_NAMES
from src.tuning import search as module
from src.tuning.scoring import fold_skills
from src.tuning.search import run_one, search, start
from src.tuning.study import CHANGES, SKILLS
from tests.tuning.conftest import CURRENT


def always() -> bool:
    return True


def test_it_runs_as_many_trials_as_were_asked_for_and_no_more(started, rows) -> None:
    search(started, rows, 3, always)
    search(started, rows, 3, always)
    trials = started.finished()
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 3
    assert trials[0].user_attrs[CHANGES] == {}
    skills = list(fold_skills(CURRENT, rows.table, rows.seen))
    assert trials[0].value == pytest.approx(np.mean(skills))
    assert trials[0].user_attrs[SKILLS] == [round(skill, 6) for skill in skills]
    assert started.best().value == max(trial.value for trial in trials)


def test_only_the_seen_rows_are_touched(started, rows) -> None:
    first = int(0.8 * len(rows.table.rows))
    assert max(fold.test[-1] for fold in rows.seen) < first - 1
    touched = set()

    class Watched:
        def __getattr__(self, name: str):
            return Column(getattr(rows.table, name))

    class Column:
        def __init__(self, values: np.ndarray) -> None:
            self.values = values

        def __getitem__(self, chosen: np.ndarray) -> np.ndarray:
            touched.update(chosen.tolist())
            return self.values[chosen]

    list(fold_skills(CURRENT, Watched(), rows.seen))
    assert max(touched) < first - 1


def test_a_fold_without_promise_ends_its_trial(started, rows, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = iter(range(100))
    monkeypatch.setattr(module, "fold_skills", lambda *_: iter([0.5 - next(bad), 0.5, 0.5]))
    search(started, rows, 7, always)
    states = [trial.state for trial in started.finished()]
    # Five run to their end, whatever they show.
    assert states == [TrialState.COMPLETE] * 5 + [TrialState.PRUNED] * 2
    assert [len(trial.user_attrs[SKILLS]) for trial in started.finished()] == [3, 3, 3, 3, 3, 1, 1]


def test_one_that_must_stop_leaves_its_trial_to_the_next(started, rows) -> None:
    run_one(started, rows, lambda: False)
    assert started.finished() == []
    assert [trial.state for trial in started.optuna.trials][:1] == [TrialState.RUNNING]


def test_a_member_that_loses_all_weight_is_no_longer_fitted(rows) -> None:
    alone = type(CURRENT)(CURRENT.members | {"xgboost": {"no such setting": 1}}, CURRENT.weights | {"xgboost": 0})
    assert list(fold_skills(alone, rows.table, rows.seen)) == list(fold_skills(CURRENT, rows.table, rows.seen))


def test_a_study_begins_with_null_importances_of_the_seen_rows(study, rows, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}

    def importances(features, target, inputs):
        given.update(rows=len(features), inputs=inputs)
        return {name: {"gain": 0.0 if name == "rsi_14" else 1.0, "null": 0.5} for name in RELATIVE_NAMES}

    monkeypatch.setattr(module, "null_importances", importances)
    start(study, CURRENT, rows)
    assert given == {"rows": rows.seen[-1].test[-1] + 1, "inputs": "relative"}
    assert study.droppable == ["rsi_14"]
