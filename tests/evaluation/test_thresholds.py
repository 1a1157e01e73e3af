"""Thresholds and bands: followed as told, chosen by the folds before, judged on the fold itself."""

import numpy as np
import pandas as pd
import pytest

from src.evaluation.backtest import run_backtest
from src.evaluation.params import EvaluationParams
from src.evaluation.thresholds import (
    BANDED,
    Rule,
    chosen_rules,
    decisions,
    followed,
    returns_by_fold,
    thresholds_document,
)
from tests.conftest import make_candles

COSTS = EvaluationParams(fee=0.001, slippage=0.0, trials=10)
FOLDS = 4
ROWS = 400


def test_a_band_keeps_what_is_held() -> None:
    probability = np.array([0.3, 0.5, 0.45, 0.39, 0.45, 0.5, 0.4])
    assert decisions(probability, Rule(0.5)).tolist() == [0, 1, 0, 0, 0, 1, 0]
    assert decisions(probability, Rule(0.5, 0.1)).tolist() == [0, 1, 1, 0, 0, 1, 1]
    # What is held before goes on within the band alone.
    assert decisions(np.array([0.45, 0.3]), Rule(0.5, 0.1), held=1.0).tolist() == [1, 0]
    assert decisions(probability, Rule(None), held=1.0).tolist() == [0] * 7


def test_a_rule_is_chosen_by_the_folds_before_alone() -> None:
    rules = [Rule(None), Rule(0.4), Rule(0.6)]
    made = pd.DataFrame(
        [[0.0, 0.0, 0.0, 0.0], [0.1, -0.3, 0.5, 9.0], [-0.1, 0.0, 0.2, -9.0]],
        index=pd.Index(rules, tupleize_cols=False),
        columns=[1, 2, 3, 4],
    )
    # Sums of the folds before: .1 is the most; then 0 of never buying, -.2, -.1; then .3 of the second.
    assert chosen_rules(made) == {2: rules[1], 3: rules[0], 4: rules[1]}


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hours that rise by 1 % after a probability of 0.35 and fall after one of 0.55; the first fold ends in a gap."""
    rng = np.random.default_rng(2)
    probability = rng.choice([0.1, 0.35, 0.55], FOLDS * ROWS, p=[0.6, 0.3, 0.1])
    probability[ROWS - 1] = 0.35
    moves = np.where(probability == 0.35, 0.01, np.where(probability == 0.55, -0.01, 0.0))
    candles = make_candles((100 * np.cumprod(np.concatenate([[1, 1], 1 + moves, [1]]))).tolist())
    candles["open"] = candles["close"].shift(1, fill_value=100.0)
    table = pd.DataFrame(
        {
            "timestamp": candles["timestamp"].iloc[1:-2].to_numpy(),
            "fold": np.repeat(np.arange(1, FOLDS + 1), ROWS),
            "probability": probability,
        }
    )
    return candles, table.drop(index=ROWS - 1).reset_index(drop=True)


def test_the_folds_of_a_rule_add_up_to_its_backtest(world) -> None:
    candles, table = world
    rule = Rule(0.05)
    made = returns_by_fold(candles, table, [rule], COSTS.cost)
    whole = run_backtest(
        candles, pd.Series(decisions(table["probability"].to_numpy(), rule), table["timestamp"]), 0.001
    )
    assert made.to_numpy().sum() == pytest.approx(np.log(whole.equity[-1]), abs=1e-12)
    # The candle without a row, the last of the first fold, belongs to the fold before the gap.
    assert made.iloc[0, 0] == pytest.approx(np.log(whole.equity[ROWS - 1]), abs=1e-12)


def test_each_fold_goes_on_with_what_is_held(world) -> None:
    _, table = world
    rules = {1: Rule(0.05), 2: Rule(0.9, 0.9), 3: Rule(None), 4: Rule(0.5)}
    held = followed(table, rules)
    by_fold = {fold: held.loc[rows["timestamp"]].to_numpy() for fold, rows in table.groupby("fold")}
    # Nothing is below 0 or reaches 0.9, so the second fold holds what the first ended with.
    assert set(by_fold[1]) == set(by_fold[2]) == {1.0}
    assert set(by_fold[3]) == {0.0}


def test_the_document_judges_what_was_chosen(world) -> None:
    candles, table = world
    # Buying at 0.35 and selling at less would take the falls after 0.55 too: no rule of this grid pays for its orders.
    document = thresholds_document(candles, table, 0.5, COSTS)
    assert document == thresholds_document(candles, table, 0.5, COSTS)
    for name, rules in document["rules"].items():
        assert [rule["fold"] for rule in rules] == [2, 3, 4]
        gap = document[f"{name}_less_own"]
        own, chosen = (document["backtests"][key]["net_return"] for key in ("own_threshold", name))
        assert gap["log_return"] == pytest.approx(np.log1p(chosen) - np.log1p(own), abs=1e-5)
        # The threshold of the ensemble buys just before the falls.
        assert gap["log_return"] > 3 * gap["log_return_se"] > 0
    # 0.35 is as good as what is chosen: the same decisions, so no difference, and no error of it.
    same = thresholds_document(candles, table, 0.35, COSTS)["chosen_threshold_less_own"]
    assert same == {"log_return": 0.0, "log_return_se": 0.0}
    assert thresholds_document(candles, table[table["fold"] < 3], 0.5, COSTS) is None


def test_the_last_fold_chooses_nothing(world) -> None:
    """Other probabilities and prices in the last fold leave every chosen rule as it is."""
    candles, table = world
    changed = table.copy()
    changed.loc[changed["fold"] == FOLDS, "probability"] = 0.9
    rules = [chosen_rules(returns_by_fold(candles, one, BANDED, COSTS.cost)) for one in (table, changed)]
    assert rules[0] == rules[1]
