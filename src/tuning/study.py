"""One study: what it was started with, its trials, and those that a killed process left behind."""

import json
import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import optuna
from optuna.samplers import TPESampler
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from src.core.errors import UserError
from src.tuning.rows import TuningRows
from src.tuning.space import Candidate, nearest, suggested

# A trial of another machine that runs longer than this has ended with it; one without a name was killed while it began.
LONGEST_TRIAL, LONGEST_BEGINNING = timedelta(hours=1), timedelta(minutes=1)
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
IS_CURRENT, WORKER, CHANGES, SKILLS = "current", "worker", "changes", "skills"


class TuningStudy:
    """A study of Optuna with what it was started from.

    Args:
        storage: where it is kept.
        name: of the study.
        seed: of this process's proposals.
    """

    def __init__(self, storage: BaseStorage, name: str, seed: int | None = None) -> None:
        # A fold is compared with the same fold of earlier trials; the first five trials always run to their end.
        pruner = optuna.pruners.MedianPruner(n_startup_trials=5)
        sampler = TPESampler(seed=seed, multivariate=True, constant_liar=True)
        self.name = name
        self.optuna = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True, pruner=pruner, sampler=sampler
        )

    def start(self, current: Candidate, rows: TuningRows, importances: dict[str, Any], droppable: list[str]) -> None:
        """Note what the study searches from; its first trial is ``current`` itself."""
        attributes = {
            "members": json.dumps(current.members),
            "weights": json.dumps(current.weights),
            "feature_set": current.feature_set,
            "importances": importances,
            "droppable": droppable,
        }
        for key, value in attributes.items():
            self.optuna.set_user_attr(key, value)
        self.optuna.enqueue_trial({}, user_attrs={IS_CURRENT: True})
        self.optuna.enqueue_trial(nearest(current, droppable))
        # Last: what has an identity is complete.
        self.optuna.set_user_attr("identity", rows.identity)

    @property
    def is_started(self) -> bool:
        """Whether ``start`` was here, on this machine or another."""
        return "identity" in self.optuna.user_attrs

    def check(self, rows: TuningRows) -> None:
        """Refuse to go on with other rows than the study began with.

        Raises:
            UserError: they are other ones.
        """
        if self.optuna.user_attrs["identity"] != rows.identity:
            raise UserError(
                f"the study {self.name} was made of other candles, features or folds, so its figures cannot be "
                "compared; begin another one with STUDY=<name>."
            )

    @property
    def current(self) -> Candidate:
        """The settings that the study began with."""
        attributes = self.optuna.user_attrs
        # Studies of before the set `wide` was searched do not name theirs.
        chosen = attributes.get("feature_set", "twelve")
        return Candidate(json.loads(attributes["members"]), json.loads(attributes["weights"]), chosen)

    @property
    def droppable(self) -> list[str]:
        """The inputs that a trial may leave out."""
        return list(self.optuna.user_attrs["droppable"])

    def candidate(self, trial: Any) -> Candidate | None:
        """What ``trial``, running or finished, tries; None where no member has a weight."""
        if trial.user_attrs.get(IS_CURRENT):
            return self.current
        return suggested(trial, self.current, self.droppable)

    def finished(self) -> list[FrozenTrial]:
        """Trials that ran to their end or were pruned, in order."""
        return self.optuna.get_trials(deepcopy=False, states=FINISHED)

    def running(self) -> list[FrozenTrial]:
        """Trials whose process is thought to live."""
        trials = self.optuna.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return [trial for trial in trials if not _is_over(trial)]

    def best(self) -> FrozenTrial | None:
        """The finished trial of the highest mean skill; None without one."""
        whole = [trial for trial in self.finished() if trial.state is TrialState.COMPLETE]
        return max(whole, key=lambda trial: trial.value or 0.0, default=None)

    def take_up(self) -> int:
        """Give the trials of killed processes to the next that asks; how many there were."""
        trials = self.optuna.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        over = [trial for trial in trials if _is_over(trial)]
        for trial in over:
            self.optuna.tell(trial.number, state=TrialState.FAIL)
            kept = {IS_CURRENT: True} if trial.user_attrs.get(IS_CURRENT) else {}
            self.optuna.enqueue_trial(trial.params, user_attrs=kept)
        return len(over)


def worker_name() -> str:
    """This process, as no other on any machine is called while it lives."""
    return f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"


def _is_over(trial: FrozenTrial) -> bool:
    host, _, rest = trial.user_attrs.get(WORKER, "").partition(" ")
    pid, _, started = rest.partition(" ")
    if host == socket.gethostname():
        return _started(int(pid)) != started
    begun = trial.datetime_start
    return begun is None or datetime.now() - begun > (LONGEST_TRIAL if host else LONGEST_BEGINNING)


def _started(pid: int) -> str:
    """When a process began, so that another one with its number is not taken for it; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        # Not on Linux: the number alone has to do.
        return _alive(pid)


def _alive(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
