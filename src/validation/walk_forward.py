"""Walk-forward evaluation: every probability is of a model that never saw the fold, nor what overlaps it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray

from src.core.errors import UserError
from src.features.table import FeatureTable
from src.ml.base.two_headed import TwoHeadedMember
from src.validation.folds import Fold

Features = NDArray[np.float64]
Report = Callable[[int, int], None]
# Altered copies of a fold's test features, by name.
Variants = Callable[[Features, int], dict[str, Features]]
# Given the classifier of the newest fold before it is fitted, its test rows and what it would learn of them.
Watch = Callable[[Any, Features, NDArray[np.int8]], None]


class Classifier(Protocol):
    """Anything with scikit-learn's two methods."""

    def fit(self, features: Features, target: NDArray[np.int8]) -> object: ...

    def predict_proba(self, features: Features) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class WalkForward:
    """``model`` trained on every row.

    ``out_of_fold`` with one row per test row: `row`, `timestamp`, `fold`, `target`, `fell`, `base_rate` (share of 1s in
    the fold's training rows), `probability` (of 1), and per variant one float32 column, the probability that the
    variant's features give. ``in_sample``: `timestamp`, `target`, `fell`, `probability`, what ``model`` says of the
    rows that it was trained on. Of a model with two heads both have `probability_move` too, and ``out_of_fold``
    `base_rate_move`, the share of rows that rose or fell.
    """

    model: Any
    out_of_fold: pd.DataFrame
    in_sample: pd.DataFrame


def walk_forward(
    make: Callable[[], Classifier],
    table: FeatureTable,
    folds: list[Fold],
    report: Report | None = None,
    workers: int | None = None,
    variants: Variants | None = None,
    newest: int | None = None,
    watch: Watch | None = None,
) -> WalkForward:
    """Fit a new classifier per fold and predict its test rows; fit one on every row, and predict them.

    Args:
        make: gives an unfitted classifier.
        table: n rows.
        folds: from ``src.validation.folds``.
        report: called with (fits done, fits) as they finish.
        workers: threads, one fit each; None for one per core. The result does not depend on it.
        variants: called with a fold's test features and its number.
        newest: how many of its training rows each fit sees, the newest; None for all. ``in_sample`` is of those rows.
        watch: lets somebody watch the fit of the newest fold; the result does not depend on it.

    Raises:
        UserError: the training or test rows of a fold hold one class only.
    """
    target = table.target
    for fold in folds:
        if len(np.unique(target[fold.train])) < 2 or len(np.unique(target[fold.test])) < 2:
            raise UserError(
                f"fold {fold.number} holds targets of one class only; lengthen `ingest.days`, lower "
                "`validation.folds` or change `target.threshold`."
            )
    # The longest fits first, so that no core waits at the end.
    tasks = [delayed(_fit_all)(make, table, newest)]
    watches = [*[None] * (len(folds) - 1), watch]
    tasks += [
        delayed(_one_fold)(make, table, fold, variants, newest, watches[place])
        for place, fold in reversed(list(enumerate(folds)))
    ]
    # Threads: the libraries release the lock while they fit, and each fit uses one thread of its own.
    pool = Parallel(n_jobs=workers or cpu_count(), prefer="threads", return_as="generator_unordered")
    results = dict(_reported(pool(tasks), len(tasks), report))
    model, in_sample = results.pop(0)
    out_of_fold = pd.concat([results[number] for number in sorted(results)], ignore_index=True)
    return WalkForward(model, out_of_fold, in_sample)


def _fit_all(make: Callable[[], Classifier], table: FeatureTable, newest: int | None) -> tuple[int, Any]:
    # A slice, not row numbers: it leaves the order in memory, on which the last bits of sums depend.
    rows = slice(None) if newest is None else slice(-newest, None)
    features = table.features[rows]
    classifier = make()
    classifier.fit(features, _labels(classifier, table)[rows])
    answered = table.rows.iloc[rows][["timestamp", "target", "fell"]].reset_index(drop=True)
    return 0, (classifier, answered.assign(**_answers(classifier, features)))


def _one_fold(
    make: Callable[[], Classifier],
    table: FeatureTable,
    fold: Fold,
    variants: Variants | None,
    newest: int | None,
    watch: Watch | None,
) -> tuple[int, pd.DataFrame]:
    features = table.features
    rows = fold.train if newest is None else fold.train[-newest:]
    seen = features[fold.test]
    classifier = make()
    labels = _labels(classifier, table)
    if watch:
        watch(classifier, seen, labels[fold.test])
    classifier.fit(features[rows], labels[rows])
    answered = table.rows.iloc[fold.test][["timestamp", "target", "fell"]].reset_index(drop=True)
    answered.insert(0, "row", fold.test.astype("int64"))
    answered.insert(2, "fold", fold.number)
    # Of all rows before the fold, so that every model is measured against the same.
    answered["base_rate"] = float(table.target[fold.train].mean())
    answered = answered.assign(**_answers(classifier, seen))
    if "probability_move" in answered:
        answered["base_rate_move"] = float((table.moves[fold.train] != 0).mean())
    for name, altered in (variants(seen, fold.number) if variants else {}).items():
        answered[name] = classifier.predict_proba(altered)[:, 1].astype("float32")
    return fold.number, answered


def _labels(classifier: Classifier, table: FeatureTable) -> NDArray[np.int8]:
    """What it learns: one with two heads also whether a price that did not rise fell."""
    return table.moves if isinstance(classifier, TwoHeadedMember) else table.target


def _answers(classifier: Classifier, features: Features) -> dict[str, NDArray[np.float64]]:
    if isinstance(classifier, TwoHeadedMember):
        heads = classifier.predict_heads(features)
        return {"probability": heads[:, 0], "probability_move": heads[:, 1]}
    return {"probability": classifier.predict_proba(features)[:, 1]}


def _reported(results: Iterator[tuple[int, Any]], total: int, report: Report | None) -> Iterator[tuple[int, Any]]:
    for done, result in enumerate(results, start=1):
        if report:
            report(done, total)
        yield result
