"""Walk-forward evaluation: every probability is of a model that never saw the fold, nor what overlaps it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray
from sklearn.model_selection import TimeSeriesSplit

from src.errors import UserError


class Classifier(Protocol):
    """Anything with scikit-learn's two methods."""

    def fit(self, features: NDArray[np.float64], target: NDArray[np.int8]) -> object: ...

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Fold:
    """Row numbers of one fold: everything in ``train`` lies at least the purge before ``test``."""

    number: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def expanding_folds(rows: int, folds: int, purge: int) -> list[Fold]:
    """Expanding training windows with ``purge`` rows left out before each test fold.

    ``expanding_folds(8, 3, 1)`` trains on 0 and tests 2–3, trains on 0–2 and tests 4–5, trains on 0–4 and tests 6–7.

    Source: ``sklearn.model_selection.TimeSeriesSplit``; purging: López de Prado, Advances in Financial
    Machine Learning (2018), chapter 7.

    Raises:
        UserError: too few rows.
    """
    try:
        split = list(TimeSeriesSplit(n_splits=folds, gap=purge).split(np.empty(rows)))
    except ValueError:
        raise UserError(
            f"{rows} rows are too few for `validation.folds` {folds} with {purge} rows purged; "
            "lengthen `ingest.days` or lower the folds."
        ) from None
    return [Fold(number, train, test) for number, (train, test) in enumerate(split, start=1)]


def out_of_fold_probabilities(
    make: Callable[[], Classifier],
    features: NDArray[np.float64],
    target: NDArray[np.int8],
    folds: list[Fold],
    report: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Fit a new classifier per fold and predict its test rows.

    Args:
        make: gives an unfitted classifier.
        features: (n, 12).
        target: (n,) of 0 and 1.
        folds: from ``expanding_folds``.
        report: called with (folds done, folds) as they finish.
        workers: threads, one fold each; None for one per core. The result does not depend on it.

    Returns:
        One row per test row: `row`, `fold`, `target`, `base_rate` (share of 1s in the fold's training rows),
        `probability` (of 1).

    Raises:
        UserError: a fold's training rows hold one class only.
    """
    for fold in folds:
        if len(np.unique(target[fold.train])) < 2 or len(np.unique(target[fold.test])) < 2:
            raise UserError(
                f"fold {fold.number} holds targets of one class only; lengthen `ingest.days`, lower "
                "`validation.folds` or change `target.threshold`."
            )
    tasks = (delayed(_one_fold)(make, features, target, fold) for fold in folds)
    # Threads: the libraries release the lock while they fit, and each fit uses one thread of its own.
    pool = Parallel(n_jobs=workers or cpu_count(), prefer="threads", return_as="generator")
    return pd.concat(_reported(pool(tasks), len(folds), report), ignore_index=True)


def _one_fold(
    make: Callable[[], Classifier], features: NDArray[np.float64], target: NDArray[np.int8], fold: Fold
) -> pd.DataFrame:
    classifier = make()
    classifier.fit(features[fold.train], target[fold.train])
    return pd.DataFrame(
        {
            "row": fold.test.astype("int64"),
            "fold": fold.number,
            "target": target[fold.test],
            "base_rate": float(target[fold.train].mean()),
            "probability": classifier.predict_proba(features[fold.test])[:, 1],
        }
    )


def _reported(
    results: Iterator[pd.DataFrame], total: int, report: Callable[[int, int], None] | None
) -> Iterator[pd.DataFrame]:
    for done, result in enumerate(results, start=1):
        if report:
            report(done, total)
        yield result
