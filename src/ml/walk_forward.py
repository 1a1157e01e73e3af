"""Walk-forward evaluation: every probability is of a model that never saw the fold, nor what overlaps it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray

from src.errors import UserError
from src.ml.folds import Fold

Features = NDArray[np.float64]
Report = Callable[[int, int], None]
# Altered copies of a fold's test features, by name.
Variants = Callable[[Features, int], dict[str, Features]]


class Classifier(Protocol):
    """Anything with scikit-learn's two methods."""

    def fit(self, features: Features, target: NDArray[np.int8]) -> object: ...

    def predict_proba(self, features: Features) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class WalkForward:
    """``model`` trained on every row; ``out_of_fold`` with one row per test row: `row`, `fold`, `target`,
    `base_rate` (share of 1s in the fold's training rows), `probability` (of 1), and per variant one float32 column,
    the probability that the variant's features give."""

    model: Any
    out_of_fold: pd.DataFrame


def walk_forward(
    make: Callable[[], Classifier],
    features: Features,
    target: NDArray[np.int8],
    folds: list[Fold],
    report: Report | None = None,
    workers: int | None = None,
    variants: Variants | None = None,
    everything: bool = True,
) -> WalkForward:
    """Fit a new classifier per fold and predict its test rows; fit one on every row.

    Args:
        make: gives an unfitted classifier.
        features: (n, 12).
        target: (n,) of 0 and 1.
        folds: from ``src.ml.folds``.
        report: called with (fits done, fits) as they finish.
        workers: threads, one fit each; None for one per core. The result does not depend on it.
        variants: called with a fold's test features and its number.
        everything: whether to fit the one on every row; without it the model is None.

    Raises:
        UserError: the training or test rows of a fold hold one class only.
    """
    for fold in folds:
        if len(np.unique(target[fold.train])) < 2 or len(np.unique(target[fold.test])) < 2:
            raise UserError(
                f"fold {fold.number} holds targets of one class only; lengthen `ingest.days`, lower "
                "`validation.folds` or change `target.threshold`."
            )
    # The longest fits first, so that no core waits at the end.
    tasks = [delayed(_one_fold)(make, features, target, fold, variants) for fold in reversed(folds)]
    if everything:
        tasks.insert(0, delayed(_fit_all)(make, features, target))
    # Threads: the libraries release the lock while they fit, and each fit uses one thread of its own.
    pool = Parallel(n_jobs=workers or cpu_count(), prefer="threads", return_as="generator_unordered")
    results = dict(_reported(pool(tasks), len(tasks), report))
    model = results.pop(0, None)
    return WalkForward(model, pd.concat([results[number] for number in sorted(results)], ignore_index=True))


def _fit_all(make: Callable[[], Classifier], features: Features, target: NDArray[np.int8]) -> tuple[int, Any]:
    classifier = make()
    classifier.fit(features, target)
    return 0, classifier


def _one_fold(
    make: Callable[[], Classifier],
    features: Features,
    target: NDArray[np.int8],
    fold: Fold,
    variants: Variants | None,
) -> tuple[int, pd.DataFrame]:
    classifier = make()
    classifier.fit(features[fold.train], target[fold.train])
    seen = features[fold.test]
    table = pd.DataFrame(
        {
            "row": fold.test.astype("int64"),
            "fold": fold.number,
            "target": target[fold.test],
            "base_rate": float(target[fold.train].mean()),
            "probability": classifier.predict_proba(seen)[:, 1],
        }
    )
    for name, altered in (variants(seen, fold.number) if variants else {}).items():
        table[name] = classifier.predict_proba(altered)[:, 1].astype("float32")
    return fold.number, table


def _reported(results: Iterator[tuple[int, Any]], total: int, report: Report | None) -> Iterator[tuple[int, Any]]:
    for done, result in enumerate(results, start=1):
        if report:
            report(done, total)
        yield result
