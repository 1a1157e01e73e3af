"""The comparison on weeks that neither saw: which rows, by hand; and both sides' answers."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from src.core.errors import UserError
from src.core.files import write_parquet
from src.core.paths import CANDLES, FEATURES
from src.features.table import FeatureTable
from src.live.figures import log_losses
from src.retraining.unseen import Beside, answers_of_recipe, answers_of_version, beside, weekly_folds
from tests.conftest import ROOT, make_candles
from tests.releases import replace

WEEK, DAY = 168, 24


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with this repository's params.yaml: horizon 1, no embargo, an expanding window."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


def hours(count: int) -> pd.Series:
    return pd.Series(pd.date_range("2020-01-01", periods=count, freq="h", tz="UTC", unit="us"))


def test_each_of_the_newest_weeks_is_answered_by_what_was_known_before_it(root: Path) -> None:
    opened = hours(10 * WEEK)
    # Trained until 5 weeks and a day before the end: 5 whole weeks are unseen.
    folds = weekly_folds(root, opened, opened.iloc[5 * WEEK - DAY], 8)
    assert [(fold.test[0], fold.test[-1]) for fold in folds] == [
        (5 * WEEK + number * WEEK, 6 * WEEK + number * WEEK - 1) for number in range(5)
    ]
    # One row is purged: its target is the close of the first tested one.
    assert [(fold.train[0], fold.train[-1]) for fold in folds] == [(0, (5 + n) * WEEK - 2) for n in range(5)]
    assert all(opened.iloc[fold.test[0]] >= opened.iloc[5 * WEEK - DAY] for fold in folds)


def test_no_more_weeks_than_asked_and_no_fewer_than_four(root: Path) -> None:
    opened = hours(10 * WEEK)
    assert len(weekly_folds(root, opened, opened.iloc[0], 6)) == 6
    assert len(weekly_folds(root, opened, opened.iloc[6 * WEEK], 8)) == 4
    with pytest.raises(UserError, match="that is 3 whole weeks that it has not seen, and at least 4 are needed"):
        weekly_folds(root, opened, opened.iloc[6 * WEEK + 1], 8)
    with pytest.raises(UserError, match="that is 0 whole weeks"):
        weekly_folds(root, opened, opened.iloc[-1] + pd.Timedelta(days=90), 8)


def test_an_embargo_a_longer_target_and_a_rolling_window_are_kept(root: Path) -> None:
    params = root / "params.yaml"
    replace(params, "embargo: 0", "embargo: 10")
    replace(params, "horizon: 1", "horizon: 3")
    replace(params, "window: expanding", "window: rolling")
    replace(params, "train_rows: null", "train_rows: 100")
    fold = weekly_folds(root, hours(10 * WEEK), pd.Timestamp("2020-01-01", tz="UTC"), 4)[0]
    assert (fold.train[0], fold.train[-1]) == (6 * WEEK - 113, 6 * WEEK - 14)


def test_a_week_without_rows_is_left_out(root: Path) -> None:
    opened = hours(10 * WEEK)
    opened = opened[(opened < opened[7 * WEEK]) | (opened >= opened[8 * WEEK])].reset_index(drop=True)
    folds = weekly_folds(root, opened, opened.iloc[0], 5)
    assert [fold.test[0] for fold in folds] == [5 * WEEK, 6 * WEEK, 7 * WEEK, 8 * WEEK]


class Echo:
    """A graph whose probability is the close of the window's first candle / 1000 + the hour of `opened` / 10^6."""

    def __init__(self, bars: int) -> None:
        self.facts = SimpleNamespace(warmup=bars)
        self.asked: list[int] = []

    def run(self, candles: np.ndarray, opened: np.ndarray) -> dict[str, np.ndarray]:
        assert candles.shape[1:] == (self.facts.warmup, 5)
        self.asked.append(len(candles))
        return {"probability": candles[:, 0, 3] / 1000 + opened // 3600 % 24 / 1e6}


def test_the_version_answers_each_candle_by_the_window_that_ends_there(tmp_path: Path) -> None:
    candles = make_candles([100.0 + number for number in range(12)])
    write_parquet(tmp_path / CANDLES, candles)
    running: Any = SimpleNamespace(signal=Echo(4))
    told = answers_of_version(tmp_path, running, candles["timestamp"].iloc[[2, 3, 7, 11]])
    assert np.isnan(told[0])
    assert told[1:] == pytest.approx([0.1 + 3e-6, 0.104 + 7e-6, 0.108 + 11e-6])
    few: Any = SimpleNamespace(signal=Echo(13))
    assert np.isnan(answers_of_version(tmp_path, few, candles["timestamp"])).all()


class Constant:
    """A version that always says the same."""

    def __init__(self, probability: float, trained_until: str, **facts: Any) -> None:
        self._probability = probability
        given = {"warmup": 400, "timeframe": "1h", "target_horizon": 1, "target_threshold": 0.003}
        self.facts = SimpleNamespace(trained_until=trained_until, **given | facts)

    def run(self, candles: np.ndarray, **_: Any) -> dict[str, np.ndarray]:
        return {"probability": np.full(len(candles), self._probability)}


def constant(root: Path, probability: float, weeks: int = 5, **facts: Any) -> Any:
    end = FeatureTable.read(root / FEATURES).timestamp.iloc[-1] - pd.Timedelta(weeks=weeks)
    return SimpleNamespace(version="v1.0.0", signal=Constant(probability, end.isoformat(), **facts))


@pytest.mark.slow
def test_the_figures_are_those_of_the_same_rows(short_pipeline: Path) -> None:
    done: list[tuple[int, int]] = []
    found = beside(short_pipeline, constant(short_pipeline, 0.02), 4, lambda *at: done.append(at))
    table = FeatureTable.read(short_pipeline / FEATURES)
    folds = weekly_folds(short_pipeline, table.timestamp, pd.Timestamp("2019-09-14", tz="UTC"), 4)
    rows = np.concatenate([fold.test for fold in folds])
    recipe = np.concatenate(answers_of_recipe(short_pipeline, table, folds, lambda *_: None))
    target = table.target[rows].astype(float)
    assert (found.rows, found.weeks, found.version) == (len(rows), 4, "v1.0.0")
    assert done[-1] == (12, 12)
    assert found.recipe == pytest.approx(log_losses(target, recipe).mean())
    assert found.running == pytest.approx(log_losses(target, np.full(len(rows), 0.02)).mean())
    assert found.gain == pytest.approx(found.running - found.recipe)
    assert found.brier == pytest.approx(((0.02 - target) ** 2).mean() - ((recipe - target) ** 2).mean())
    assert found.gain > 0 and not found.is_worse(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"target_horizon": 3}, "`target.horizon` 1 and not 3"),
        ({"target_threshold": 0.01}, "`target.threshold` 0.003 and not 0.01"),
        ({"timeframe": "4h"}, "`ingest.timeframe` 1h and not 4h"),
    ],
)
def test_another_question_is_not_compared(short_pipeline: Path, facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=f"v1.0.0 answers another question .*{sentence}"):
        beside(short_pipeline, constant(short_pipeline, 0.2, **facts), 4, lambda *_: None)


@pytest.mark.parametrize(
    ("gain", "may_lose", "worse"),
    [(-0.0101, 1.0, True), (-0.0099, 1.0, False), (-0.0001, 0.0, True), (0.0, 0.0, False), (0.02, 0.0, False)],
)
def test_worse_by_more_standard_errors_than_it_may_lose(gain: float, may_lose: float, worse: bool) -> None:
    found = Beside("v1.0.0", "a", "b", 700, 4, 0.4, 0.4 + gain, gain, 0.01, 0.0, 0.01)
    assert found.is_worse(may_lose) is worse
