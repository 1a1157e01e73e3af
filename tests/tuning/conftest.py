"""A small study: two members, the learnable problem, a journal in a temporary folder."""

from pathlib import Path

import pytest

from src.tuning.rows import TuningRows, split_rows
from src.tuning.search import quiet
from src.tuning.space import Candidate
from src.tuning.storage import open_storage
from src.tuning.study import TuningStudy
from src.validation.params import ValidationParams
from tests.learnable import table_of

CURRENT = Candidate(
    {
        "lightgbm": {"inputs": "relative", "n_estimators": 10, "num_leaves": 4, "random_state": 1},
        "random_forest": {"inputs": "relative", "n_estimators": 5, "max_depth": 3, "random_state": 1},
    },
    {"lightgbm": 0.75, "random_forest": 0.25},
)


@pytest.fixture(scope="session")
def rows(problem) -> TuningRows:
    table = table_of(*problem)
    return TuningRows(table, *split_rows(table, ValidationParams(folds=3), 1), identity="these rows")


@pytest.fixture
def study(tmp_path: Path) -> TuningStudy:
    """Nothing is started in it."""
    quiet()
    return TuningStudy(open_storage(tmp_path, "small", None), "small", seed=1)


@pytest.fixture
def started(study: TuningStudy, rows: TuningRows) -> TuningStudy:
    study.start(CURRENT, rows, {}, ["zscore"])
    return study
