"""Scores of a version, counted by hand, and against src/evaluation on many rows."""

from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest

from src.evaluation.backtest import run_backtest
from src.evaluation.metrics import score
from src.live.figures import LEAST_ROWS, calibration, equities, log_loss_skill, version_scores
from src.rollout.evidence import WEEK
from tests.conftest import make_candles

HOUR = 3600


@dataclass(frozen=True)
class Row:
    opened: int
    probability: float | None = None
    decision: str = "none"
    outcome: int | None = None


@dataclass(frozen=True)
class Price:
    opened: int
    open: float


def prices(*opens: float) -> list[Price]:
    return [Price(HOUR * i, value) for i, value in enumerate(opens)]


def decisions(*told: str) -> list[Row]:
    return [Row(HOUR * i, 0.5, one) for i, one in enumerate(told)]


def test_an_empty_journal_has_no_scores() -> None:
    scores = version_scores([], [], 0.0017)
    assert (scores.since, scores.predictions, scores.scored, scores.weeks, scores.orders) == (None, 0, 0, 0, 0)
    assert scores.base_rate is scores.brier is scores.skill is scores.skill_se is scores.calibration_error is None
    assert scores.calibration == scores.equity == scores.hold == ()


def test_rows_are_counted_and_only_answered_ones_with_an_outcome_are_scored() -> None:
    rows = [
        Row(0, None, "missed"),
        Row(HOUR, 0.2, "none", 0),
        Row(2 * HOUR, 0.6, "rise", 1),
        Row(3 * HOUR, None, "abstain", 1),
        Row(4 * HOUR, 0.9, "rise", None),
    ]
    scores = version_scores(rows, [], 0.0)
    assert (scores.since, scores.predictions, scores.missed, scores.abstained) == (HOUR, 5, 1, 1)
    assert (scores.scored, scores.rises, scores.base_rate) == (2, 1, 0.5)
    assert scores.brier == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert scores.skill is None  # 2 rows


def test_skill_and_its_error_by_hand() -> None:
    """Four weeks of ten rows; half rise. Weeks answer .8, .8, .5 and .2 of what came."""
    outcome = np.tile([0.0, 1.0], 20)
    right = np.repeat([0.8, 0.8, 0.5, 0.2], 10)
    opened = np.repeat(WEEK * np.arange(4), 10) + np.tile(HOUR * np.arange(10), 4)
    skill, error, weeks = log_loss_skill(opened, np.where(outcome == 1, right, 1 - right), outcome)
    losses = [-10 * log(p) for p in (0.8, 0.8, 0.5, 0.2)]
    ratio = sum(losses) / (40 * log(2))
    rest = [loss - ratio * 10 * log(2) for loss in losses]
    assert weeks == 4
    assert skill == pytest.approx(1 - ratio)
    assert error == pytest.approx(sqrt(4 / 3 * sum(r * r for r in rest)) / (40 * log(2)))


@pytest.mark.parametrize(
    ("rows", "rises", "shown"), [(LEAST_ROWS, 1, True), (LEAST_ROWS - 1, 1, False), (40, 0, False)]
)
def test_too_few_rows_or_one_outcome_alone_have_no_skill(rows: int, rises: int, shown: bool) -> None:
    outcome = np.array([1.0] * rises + [0.0] * (rows - rises))
    skill, error, weeks = log_loss_skill(HOUR * np.arange(rows), np.full(rows, 0.3), outcome)
    assert (skill is not None, error, weeks) == (shown, None, 1)


def test_bins_hold_thirty_rows_at_least() -> None:
    probability = np.linspace(0, 1, 89)
    (low, high) = calibration(probability, (probability > 0.7).astype(float))
    assert (low.n, high.n) == (45, 44)
    assert low.probability == pytest.approx(probability[:45].mean())
    assert (low.rate, high.rate) == (0.0, 27 / 44)
    # Wilson, z = 1, n = 45, none rose: from 0 to 1/46.
    assert (low.low, low.high) == (pytest.approx(0, abs=1e-12), pytest.approx(1 / 46))
    assert calibration(probability[:29], probability[:29]) == ()


def test_equity_by_hand() -> None:
    """Bought at 100 after `rise`, kept over the missed candle, sold at 121 after `none`."""
    rows = decisions("rise", "missed", "none", "none")
    equity, hold, orders = equities(rows, prices(90, 100, 110, 121, 60), 0.01)
    assert orders == 2
    assert [moment for moment, _ in equity] == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]
    bought, kept, sold = 1.1 * 0.99, 1.1 * 0.99 * 1.1, 1.1 * 0.99 * 1.1 * 0.99
    assert [value for _, value in equity] == pytest.approx([1, bought, kept, sold])
    assert hold[-1][1] == pytest.approx(0.99 * 60 / 100 * 0.99)


def test_one_open_after_the_decision_is_not_enough() -> None:
    assert equities(decisions("rise"), prices(90, 100), 0.01) == ((), (), 0)
    assert equities(decisions("abstain"), prices(90, 100, 110), 0.01) == ((), (), 0)


def test_a_long_curve_is_thinned_to_what_a_screen_shows() -> None:
    opens = prices(*np.linspace(100, 200, 5000))
    equity, _, _ = equities(decisions(*["rise"] * 5000), opens, 0.0)
    assert len(equity) == 1000
    assert (equity[0], equity[-1][0]) == ((HOUR, 1.0), 4999 * HOUR)


def test_they_agree_with_the_evaluation() -> None:
    """The same definitions as scikit-learn's and the backtest's, on 400 rows with every tenth decision missing."""
    random = np.random.default_rng(7)
    candles = make_candles(list(100 * np.exp(np.cumsum(random.normal(0, 0.01, 400)))))
    opened = (candles["timestamp"].astype("int64") // 10**6).to_numpy()
    probability, outcome = random.uniform(0.05, 0.95, 400), (random.uniform(size=400) < 0.3).astype(int)
    rise = probability >= 0.5
    rows = [
        Row(int(opened[i]), float(probability[i]), "rise" if rise[i] else "none", int(outcome[i])) for i in range(400)
    ]
    listed = [Price(int(opened[i]), float(candles["open"].iloc[i])) for i in range(400)]
    mine = version_scores(rows, listed, 0.0017)
    theirs = score(outcome, probability, float(outcome.mean()), 0.5)
    assert mine.skill == pytest.approx(theirs["log_loss_skill"])
    assert mine.brier == pytest.approx(theirs["brier"])
    assert mine.calibration_error == pytest.approx(theirs["calibration_error"])
    gaps = [replace(row, probability=None, decision="missed") if i % 10 == 9 else row for i, row in enumerate(rows)]
    equity, _, orders = equities(gaps, listed, 0.0017)
    made = [i for i in range(400) if i % 10 != 9]
    backtest = run_backtest(candles, pd.Series(rise[made].astype(float), index=candles["timestamp"][made]), 0.0017)
    assert [value for _, value in equity[1:]] == pytest.approx(list(backtest.equity), rel=1e-12)
    assert orders == backtest.bars["traded"].sum() + backtest.bars["position"].iloc[-1]
