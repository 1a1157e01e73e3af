"""Run trials until a study has as many as were asked for; a fold that shows no promise ends its trial."""

from collections.abc import Callable

import numpy as np
import optuna
from optuna.trial import TrialState

from src.features.table import FeatureTable
from src.tuning.null_importances import droppable, null_importances
from src.tuning.rows import TuningRows
from src.tuning.scoring import fold_skills
from src.tuning.space import Candidate
from src.tuning.study import CHANGES, SKILLS, WORKER, TuningStudy, worker_name

# Called after each fold; whether to go on.
GoesOn = Callable[[], bool]


def start(study: TuningStudy, current: Candidate, rows: TuningRows) -> None:
    """Begin a study: null importances of the seen rows, then the present settings as its first trial."""
    seen = rows.seen[-1].test[-1] + 1
    kept = {name for settings in current.members.values() for name in settings.get("rising", ())}
    importances = _importances(current, rows.table, seen)
    study.start(current, rows, importances, droppable(importances, kept))


def _importances(current: Candidate, table: FeatureTable, seen: int) -> dict[str, dict[str, float]]:
    """Of the first ``seen`` rows; of two heads each input in its own."""
    features = table.features[:seen]
    if current.feature_set == "wide":
        moves = table.moves[:seen]
        moved = moves != 0
        return null_importances(features, moved, "move") | null_importances(
            features[moved], moves[moved] > 0, "direction"
        )
    transforms = {str(settings.get("inputs", "relative")) for settings in current.members.values()}
    # An input may be left out where every member can do without it: they are asked for one transform only.
    if len(transforms) > 1:
        return {}
    return null_importances(features, table.target[:seen], transforms.pop())


def search(study: TuningStudy, rows: TuningRows, trials: int, goes_on: GoesOn) -> None:
    """Run trials in this process until ``trials`` of the study are finished or running.

    Raises:
        UserError: a setting that a member cannot use.
    """
    while goes_on() and len(study.finished()) + len(study.running()) < trials:
        run_one(study, rows, goes_on)


def run_one(study: TuningStudy, rows: TuningRows, goes_on: GoesOn) -> None:
    """One trial: asked for, scored fold by fold, told."""
    trial = study.optuna.ask()
    trial.set_user_attr(WORKER, worker_name())
    candidate = study.candidate(trial)
    if candidate is None:
        study.optuna.tell(trial, state=TrialState.PRUNED)
        return
    trial.set_user_attr(CHANGES, candidate.changes(study.current))
    skills: list[float] = []
    for fold, skill in enumerate(fold_skills(candidate, rows.table, rows.seen), start=1):
        skills.append(skill)
        trial.report(float(np.mean(skills)), fold)
        if not goes_on():
            return
        if fold < len(rows.seen) and trial.should_prune():
            break
    trial.set_user_attr(SKILLS, [round(skill, 6) for skill in skills])
    if len(skills) < len(rows.seen):
        # A pruned trial counts with what it showed.
        study.optuna.tell(trial, state=TrialState.PRUNED)
    else:
        study.optuna.tell(trial, float(np.mean(skills)))


def quiet() -> None:
    """No warnings of what is experimental in Optuna: the options were chosen here."""
    import warnings

    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
