import os
import socket
from dataclasses import replace

import pytest
from optuna.trial import TrialState

from src.core.errors import UserError
from src.tuning.study import IS_CURRENT, WORKER, worker_name
from tests.tuning.conftest import CURRENT


def running(study, worker: str):
    trial = study.optuna.ask()
    trial.set_user_attr(WORKER, worker)
    return trial


def test_the_first_trial_is_the_present_settings_and_the_second_is_near(started) -> None:
    first, second = (started.optuna.ask() for _ in range(2))
    assert started.candidate(first) == CURRENT
    near = started.candidate(second)
    assert near.members["lightgbm"]["n_estimators"] == 40
    assert "without" not in near.members["lightgbm"]


def test_trials_of_killed_processes_are_taken_up_and_others_are_not(started) -> None:
    host = socket.gethostname()
    # The number of a process that lives, which began at another time than the one that ran the trial.
    gone = running(started, f"{host} {os.getpid()} 1")
    alive = running(started, worker_name())
    elsewhere = running(started, "another-machine 1 1")
    assert [trial.number for trial in started.running()] == [alive.number, elsewhere.number]
    assert started.take_up() == 1
    assert started.optuna.trials[gone.number].state is TrialState.FAIL
    again = started.optuna.ask()
    assert again.user_attrs[IS_CURRENT]
    assert started.take_up() == 0


def test_other_rows_are_refused(started, rows) -> None:
    started.check(rows)
    with pytest.raises(UserError, match="the study small was made of other candles, features or folds"):
        started.check(replace(rows, identity="other rows"))
