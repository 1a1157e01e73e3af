import numpy as np
import pandas as pd
import pytest

from src.core.errors import UserError
from src.evaluation.backtest import backtest_report, buy_and_hold, run_backtest
from src.evaluation.sharpe import deflated_sharpe, sharpe_error, sharpe_ratio
from tests.conftest import make_candles


def candles_with_opens(opens: list[float]) -> pd.DataFrame:
    return make_candles([100.0] * len(opens)).assign(open=opens)


def decide(candles: pd.DataFrame, rows: dict[int, float]) -> pd.Series:
    return pd.Series(list(rows.values()), index=candles["timestamp"].iloc[list(rows)])


def test_a_decision_is_executed_at_the_next_open() -> None:
    # Decided at the close of row 1: bought at the open of row 2 (110), sold at that of row 3 (121).
    candles = candles_with_opens([100, 100, 110, 121, 50, 50])
    test = run_backtest(candles, decide(candles, {0: 0, 1: 1, 2: 0, 3: 0}), cost=0.0)
    assert list(test.bars["position"]) == [0, 1, 0, 0]
    assert list(test.bars["timestamp"]) == list(candles["timestamp"][1:5])
    assert test.equity[-1] == pytest.approx(1.1)


def test_every_order_costs() -> None:
    candles = candles_with_opens([100, 100, 110, 121, 50, 50])
    test = run_backtest(candles, decide(candles, {0: 0, 1: 1, 2: 0, 3: 0}), cost=0.01)
    assert test.equity[-1] == pytest.approx(1.1 * 0.99**2)
    report = backtest_report(test, trials=1)
    assert (report["orders"], report["bars"], report["share_long"]) == (2, 4, 0.25)
    assert report["gross_return"] == pytest.approx(0.1)


def test_figures_per_year_are_of_the_net_returns() -> None:
    candles = candles_with_opens([100, 100, 110, 121, 121, 121])
    test = run_backtest(candles, decide(candles, {0: 1, 1: 1, 2: 0, 3: 0}), cost=0.01)
    # Four bars, three hours from the first to the last; 10 % twice, each order costs 1 %.
    net, years = np.array([1.1 * 0.99 - 1, 0.1, -0.01, 0.0]), 3 / 8766
    yearly = np.sqrt(4 / years)
    report = backtest_report(test, trials=9)
    assert report["gross_return"] == pytest.approx(0.21)
    assert report["net_return"] == pytest.approx(1.21 * 0.99**2 - 1, abs=1e-6)
    assert report["sharpe"] == pytest.approx(sharpe_ratio(net) * yearly, abs=1e-5)
    assert report["sharpe_se"] == pytest.approx(sharpe_error(net) * yearly, abs=1e-5)
    assert report["deflated_sharpe_probability"] == pytest.approx(deflated_sharpe(net, 9), abs=1e-6)
    assert report["turnover_per_year"] == pytest.approx(2 / years)


def test_the_last_position_is_sold() -> None:
    candles = candles_with_opens([100, 100, 100, 100])
    test = run_backtest(candles, decide(candles, {0: 1, 1: 1}), cost=0.01)
    assert test.equity[-1] == pytest.approx(0.99**2)
    assert backtest_report(test, 1)["orders"] == 2


def test_a_decision_without_two_later_opens_is_not_traded() -> None:
    candles = candles_with_opens([100, 100, 100, 200])
    test = run_backtest(candles, decide(candles, {0: 0, 1: 0, 2: 1, 3: 1}), cost=0.0)
    assert list(test.bars["position"]) == [0, 0]


def test_a_candle_without_a_decision_keeps_the_position() -> None:
    candles = candles_with_opens([100, 100, 100, 100, 100, 100])
    test = run_backtest(candles, decide(candles, {0: 1, 2: 1, 3: 0}), cost=0.0)
    assert list(test.bars["position"]) == [1, 1, 1, 0]


def test_buy_and_hold_spans_the_same_bars() -> None:
    candles = candles_with_opens([100, 100, 50, 75, 150, 150])
    test = run_backtest(candles, decide(candles, {0: 0, 1: 0, 2: 0, 3: 0}), cost=0.01)
    hold = buy_and_hold(test, candles, cost=0.01)
    assert list(hold.bars["timestamp"]) == list(test.bars["timestamp"])
    assert hold.equity[-1] == pytest.approx(1.5 * 0.99**2)
    assert backtest_report(hold, 1)["max_drawdown"] == pytest.approx(1 - 0.5 * 0.99)


def test_never_in_the_market_earns_nothing() -> None:
    candles = candles_with_opens([100, 120, 90, 100])
    report = backtest_report(run_backtest(candles, decide(candles, {0: 0, 1: 0}), cost=0.01), trials=5)
    assert {report[name] for name in ("net_return", "sharpe", "sharpe_se", "max_drawdown", "orders")} == {0}


def test_the_future_does_not_change_the_past() -> None:
    rng = np.random.default_rng(3)
    candles = candles_with_opens(list(rng.uniform(90, 110, 40)))
    decisions = decide(candles, {row: float(rng.random() > 0.5) for row in range(38)})
    whole = run_backtest(candles, decisions, 0.001)
    part = run_backtest(candles.iloc[:20], decisions.iloc[:18], 0.001)
    # The part's last bar also pays for its closing sale.
    np.testing.assert_array_equal(part.equity[:-1], whole.equity[: len(part.equity) - 1])


@pytest.mark.parametrize("rows", [{0: 1}, {5: 1}, {4: 1, 5: 1}])
def test_too_few_decisions_are_one_sentence(rows: dict[int, float]) -> None:
    candles = candles_with_opens([100, 100, 110, 121, 50, 50])
    with pytest.raises(UserError, match=f"decides only {len(rows)} candles, too few for a backtest"):
        run_backtest(candles, decide(candles, rows), cost=0.01)
