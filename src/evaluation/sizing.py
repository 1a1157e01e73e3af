"""Holding, sized by how restless the next bar will be: less of it when it is restless, never more than ``cap``.

Long-only volatility targeting (Moreira and Muir, Journal of Finance 72, 2017), with a band in which no order is given.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.evaluation.backtest import Backtest, backtest_report, run_backtest
from src.evaluation.metrics import DIGITS
from src.evaluation.params import EvaluationParams, SizingParams
from src.evaluation.volatility import forecasts, qlike_report

YEAR_OF_HOURS = 24 * 365.25
DRAWS = 500
SEED = 7
# Bars; a bootstrap of fewer than four weeks says nothing.
FEWEST = 700
WEEK = pd.Timedelta(days=7)
SIZED, HOLDING, BY_ATR = "sized_holding", "holding", "atr_sized_holding"


def volatility_document(
    candles: pd.DataFrame, voted: pd.DataFrame, decision: float, threshold: float, params: EvaluationParams
) -> dict[str, Any] | None:
    """`reports/metrics/volatility.json`; None where too few bars are answered.

    Args:
        candles: in the candle contract.
        voted: the ensemble's out-of-fold table with both heads, horizon 1.
        decision: probability from which on the decision is 1.
        threshold: of the target.
        params: costs, trials and sizing.
    """
    found = forecasts(candles, voted, threshold)
    if len(found) < FEWEST:
        return None
    decided = pd.Series((voted["probability"] >= decision).to_numpy(dtype="float64"), index=voted["timestamp"])
    backtests = sized_backtests(candles, found, decided, params.cost, params.sizing)
    return {"qlike": qlike_report(found)} | sizing_report(backtests, params.trials)


def positions(sigma: NDArray[np.float64], bars_per_year: float, params: SizingParams) -> NDArray[np.float64]:
    """(n,) forecasts of the next bar's deviation → (n,) shares of the capital that are held.

    The wanted share is ``params.volatility`` / the yearly deviation, ``params.cap`` at most; the held one is changed
    only when it is off by more than ``params.band``.
    """
    wanted = np.minimum(params.volatility / (sigma * np.sqrt(bars_per_year)), params.cap)
    held = np.empty(len(wanted))
    last = 0.0
    for row, share in enumerate(wanted):
        if abs(share - last) > params.band:
            last = share
        held[row] = last
    return held


def sized_backtests(
    candles: pd.DataFrame, forecasts: pd.DataFrame, decisions: pd.Series, cost: float, params: SizingParams
) -> dict[str, Backtest]:
    """The ensemble's decisions, sized holding, holding and ATR-sized holding over the same bars, after costs.

    Args:
        candles: in the candle contract.
        forecasts: of ``src.evaluation.volatility``.
        decisions: of the ensemble, 0 or 1 by timestamp.
        cost: fraction of the traded value that one order loses.
        params: target, cap and band.
    """
    step = candles["timestamp"].diff().median()
    bars_per_year = YEAR_OF_HOURS * (pd.Timedelta(hours=1) / step)
    shares = {
        "ensemble": decisions.loc[forecasts.index],
        SIZED: pd.Series(positions(forecasts["move"].to_numpy(), bars_per_year, params), forecasts.index),
        HOLDING: pd.Series(1.0, forecasts.index),
        BY_ATR: pd.Series(positions(forecasts["atr"].to_numpy(), bars_per_year, params), forecasts.index),
    }
    return {name: run_backtest(candles, held, cost) for name, held in shares.items()}


def sizing_report(backtests: Mapping[str, Backtest], trials: int) -> dict[str, Any]:
    """Each backtest, and sized holding less the others: drawdown and Sharpe ratio with their bootstrap errors.

    The error is the standard deviation over ``DRAWS`` series made of whole weeks drawn with replacement, the same weeks
    for both: returns of neighbouring hours depend on each other.
    """
    figures = {name: backtest_report(test, trials if name == "ensemble" else 1) for name, test in backtests.items()}
    drawn = _drawn(backtests)
    own = drawn[SIZED]
    report: dict[str, Any] = {"backtests": figures}
    for name in (HOLDING, BY_ATR, "ensemble"):
        gap = own - drawn[name]
        report[f"sized_less_{name}"] = {
            "max_drawdown": _rounded(figures[SIZED]["max_drawdown"] - figures[name]["max_drawdown"]),
            "max_drawdown_se": _rounded(gap[:, 0].std(ddof=1)),
            "sharpe": _rounded(figures[SIZED]["sharpe"] - figures[name]["sharpe"]),
            "sharpe_se": _rounded(gap[:, 1].std(ddof=1)),
        }
    return report


def _drawn(backtests: Mapping[str, Backtest]) -> dict[str, NDArray[np.float64]]:
    """By strategy (DRAWS, 2): drawdown and yearly Sharpe ratio of each drawn series."""
    first = next(iter(backtests.values()))
    moments = first.bars["timestamp"]
    week = ((moments - moments.iloc[0]) // WEEK).to_numpy()
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    blocks = np.split(np.arange(len(week)), starts[1:])
    yearly = np.sqrt(len(week) / first.years)
    rng = np.random.default_rng(SEED)
    chosen = [rng.integers(0, len(blocks), len(blocks)) for _ in range(DRAWS)]
    rows = [np.concatenate([blocks[block] for block in draw]) for draw in chosen]
    found = {}
    for name, test in backtests.items():
        net = test.bars["net"].to_numpy()
        found[name] = np.array([_drawdown_and_sharpe(net[row], yearly) for row in rows])
    return found


def _drawdown_and_sharpe(net: NDArray[np.float64], yearly: float) -> tuple[float, float]:
    equity = np.cumprod(1 + net)
    peak = np.maximum(np.maximum.accumulate(equity), 1.0)
    deviation = net.std()
    return float(1 - (equity / peak).min()), float(net.mean() / deviation * yearly) if deviation else 0.0


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
