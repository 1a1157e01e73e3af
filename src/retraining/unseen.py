"""The recipe beside the running version, on the newest weeks: neither has seen what it is asked.

A model that is trained up to the newest candle has seen every week there is, so it cannot be judged by them. Judged is
the recipe that makes it (params.yaml, the code, the candles): week by week a model of that recipe is trained on what
was known before the week and answers it, while the running version answers as it is. Only then is the candidate
trained, on everything.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from src.bundle.loaded import Loaded
from src.candles.timeframe import read_timeframe
from src.core.errors import UserError
from src.core.files import read_parquet
from src.core.names import CANDLE_COLUMNS
from src.core.params import read_section, read_value
from src.core.paths import CANDLES, FEATURES
from src.evaluation.figures import with_error
from src.features.params import TargetParams
from src.features.table import FeatureTable
from src.live.figures import log_losses
from src.ml.base.registry import make_member, read_member_settings
from src.ml.base.two_headed import TwoHeadedMember
from src.ml.params import read_ensemble
from src.ml.vote import normalised_weights, weighted_mean
from src.rollout.evidence import LEAST_WEEKS, standard_error
from src.validation.folds import Fold, folds_before
from src.validation.params import ValidationParams

Values = NDArray[np.float64]
WEEK = pd.Timedelta(days=7)
# Windows that are answered in one go: 400 candles each are 16 kB.
AT_ONCE = 500


@dataclass(frozen=True)
class Beside:
    """Both on the same rows.

    Attributes:
        version: the running one.
        first, last: opens of the first and last row, ISO 8601.
        rows: that both answered.
        weeks: that they span.
        recipe, running: mean log losses.
        gain: mean log loss of the running version − that of the recipe: above 0 the recipe is better.
        gain_se: its standard error over weeks.
        brier: the same difference of Brier scores.
        brier_se: its standard error over weeks.
    """

    version: str
    first: str
    last: str
    rows: int
    weeks: int
    recipe: float
    running: float
    gain: float
    gain_se: float
    brier: float
    brier_se: float

    def is_worse(self, may_lose: float) -> bool:
        """Whether the recipe loses more than ``may_lose`` standard errors."""
        return self.gain < -may_lose * self.gain_se

    @property
    def figures(self) -> str:
        """For people, in half a sentence."""
        gain = with_error(self.gain, self.gain_se, 5, signed=True)
        brier = with_error(self.brier, self.brier_se, 5, signed=True)
        return (
            f"gain in log loss {gain}, in Brier score {brier}, over {self.rows} rows of {self.weeks} weeks from "
            f"{self.first} that neither saw"
        )


def beside(root: Path, running: Loaded, most_weeks: int, report: Callable[[int, int], None]) -> Beside:
    """The recipe of ``root``, whose features are made, beside ``running``.

    Args:
        root: a checkout in which the stages `ingest` and `features` have run.
        running: the version that runs.
        most_weeks: of the newest that are compared, at most.
        report: called with (fits done, fits).

    Raises:
        UserError: the running version answers another question, or has seen all but too few weeks.
    """
    _check_same_question(root, running)
    table = FeatureTable.read(root / FEATURES)
    folds = weekly_folds(root, table.timestamp, pd.Timestamp(running.signal.facts.trained_until), most_weeks)
    rows = np.concatenate([fold.test for fold in folds])
    recipe = np.concatenate(answers_of_recipe(root, table, folds, report))
    told = answers_of_version(root, running, table.timestamp.iloc[rows])
    both = np.isfinite(told)
    rows, recipe, told = rows[both], recipe[both], told[both]
    outcome = table.target[rows].astype(np.float64)
    opened = table.timestamp.iloc[rows].astype("int64").to_numpy() // 1_000_000
    losses = [log_losses(outcome, values) for values in (recipe, told)]
    squares = [(values - outcome) ** 2 for values in (recipe, told)]
    gain, brier = losses[1] - losses[0], squares[1] - squares[0]
    errors = [standard_error(opened, difference) for difference in (gain, brier)] if len(rows) else [None, None]
    if errors[0] is None or errors[1] is None:
        raise UserError(f"{running.version} answers too few of the newest weeks to be compared on; wait for candles.")
    return Beside(
        version=running.version,
        first=table.timestamp.iloc[rows[0]].isoformat(),
        last=table.timestamp.iloc[rows[-1]].isoformat(),
        rows=len(rows),
        weeks=len(folds),
        recipe=float(losses[0].mean()),
        running=float(losses[1].mean()),
        gain=float(gain.mean()),
        gain_se=errors[0],
        brier=float(brier.mean()),
        brier_se=errors[1],
    )


def weekly_folds(root: Path, opened: pd.Series, seen_until: pd.Timestamp, most_weeks: int) -> list[Fold]:
    """One fold for each of the newest weeks that opened at ``seen_until`` or later; it trains on what was known before.

    Args:
        root: whose params.yaml says what is left out before a test, and how far back a rolling window trains.
        opened: (n,) opens of the rows, ascending.
        seen_until: close of the last candle that the running version was trained on.
        most_weeks: at most.

    Raises:
        UserError: fewer than four whole weeks.
    """
    step = pd.Timedelta(read_timeframe(root))
    end = opened.iloc[-1] + step
    weeks = min(most_weeks, int((end - seen_until) / WEEK))
    if weeks < LEAST_WEEKS:
        raise UserError(
            f"the running version was trained until {seen_until.isoformat()}, the newest row with an outcome opened "
            f"{opened.iloc[-1].isoformat()}: that is {max(weeks, 0)} whole weeks that it has not seen, and at least "
            f"{LEAST_WEEKS} are needed to compare; wait."
        )
    edges = opened.searchsorted([end - WEEK * left for left in range(weeks, -1, -1)]).tolist()
    blocks = [(start, stop) for start, stop in itertools.pairwise(edges) if start < stop]
    validation = read_section(root, "validation", ValidationParams)
    horizon = read_section(root, "target", TargetParams).horizon
    return folds_before(blocks, horizon + validation.embargo, validation.train_rows)


def answers_of_recipe(
    root: Path, table: FeatureTable, folds: list[Fold], report: Callable[[int, int], None]
) -> list[Values]:
    """For each fold what the vote of ``root/params.yaml``, trained on its training rows, says of its test rows."""
    weights = read_ensemble(root).weights
    shares = {name: share for name, share in normalised_weights(weights, list(weights)).items() if share}
    settings = {name: read_member_settings(root, name) for name in shares}

    def fit(fold: Fold, name: str) -> tuple[int, str, Values]:
        member = make_member(name, settings[name], table.feature_set)
        labels = table.moves if isinstance(member, TwoHeadedMember) else table.target
        member.fit(table.features[fold.train], labels[fold.train])
        return fold.number, name, member.predict_proba(table.features[fold.test])[:, 1]

    # Threads, as in src/validation/walk_forward.py: the libraries release the lock while they fit.
    pool = Parallel(n_jobs=cpu_count(), prefer="threads", return_as="generator_unordered")
    results: Iterator[tuple[int, str, Values]] = pool(delayed(fit)(fold, name) for fold in folds for name in shares)
    found: dict[int, dict[str, Values]] = {fold.number: {} for fold in folds}
    for done, (number, name, values) in enumerate(results, start=1):
        found[number][name] = values
        report(done, len(folds) * len(shares))
    return [weighted_mean(found[fold.number], shares) for fold in folds]


def answers_of_version(root: Path, running: Loaded, opened: pd.Series) -> Values:
    """(n,) what the graph says of the candles that opened then; NaN where its window begins before the first one."""
    candles = read_parquet(root / CANDLES, CANDLE_COLUMNS)
    bars, moments = running.signal.facts.warmup, candles["timestamp"]
    told = np.full(len(opened), np.nan)
    if len(candles) < bars:
        return told
    # (n − bars + 1, 5, bars); the window that ends at candle i begins at i − bars + 1.
    windows = sliding_window_view(candles[list(CANDLE_COLUMNS[1:])].to_numpy(dtype=np.float64), bars, axis=0)
    ends = moments.searchsorted(opened)
    seconds = moments.astype("int64").to_numpy() // 1_000_000
    known = np.flatnonzero(ends >= bars - 1)
    for part in np.array_split(known, -(-len(known) // AT_ONCE)) if len(known) else ():
        given = windows[ends[part] - bars + 1].transpose(0, 2, 1)
        told[part] = running.signal.run(candles=given, opened=seconds[ends[part]])["probability"]
    return told


def _check_same_question(root: Path, running: Loaded) -> None:
    target, facts = read_section(root, "target", TargetParams), running.signal.facts
    asked = (str(read_value(root, "ingest.timeframe")), target.horizon, target.threshold)
    answered = (facts.timeframe, facts.target_horizon, facts.target_threshold)
    if asked != answered:
        names = ("ingest.timeframe", "target.horizon", "target.threshold")
        told = ", ".join(f"`{n}` {a} and not {b}" for n, a, b in zip(names, asked, answered, strict=True) if a != b)
        raise UserError(
            f"{running.version} answers another question than this checkout's params.yaml asks ({told}), so they "
            "cannot be compared; train with `make update` and let the judge compare on paper."
        )
