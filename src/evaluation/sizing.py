"""Holding, sized by how restless the next bar will be (``volatility_target``), in the backtest."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.evaluation.backtest import Backtest, backtest_report, run_backtest
from src.evaluation.bootstrap import FEWEST, bootstrapped
from src.evaluation.metrics import DIGITS
from src.evaluation.params import EvaluationParams, SizingParams
from src.evaluation.volatility import ATR, PROBABILITY, SMOOTHED_ATR, forecasts, move_scale, qlike_report
from src.evaluation.volatility_target import SECONDS_OF_YEAR, held_shares, wanted_shares

SIZED, HOLDING, BY_ATR = "sized_holding", "holding", "atr_sized_holding"
BY_SMOOTHED_ATR = "smoothed_atr_sized_holding"
# What the plot of equity shows.
LINES = ("ensemble", SIZED, HOLDING, BY_ATR)


def run_sizing(
    candles: pd.DataFrame, voted: pd.DataFrame, decision: float, threshold: float, params: EvaluationParams
) -> tuple[dict[str, Backtest], dict[str, Any] | None]:
    """The backtests of ``sized_backtests``, and `reports/metrics/volatility.json`.

    None of both where too few bars are answered.

    Args:
        candles: in the candle contract.
        voted: the ensemble's out-of-fold table with both heads, horizon 1.
        decision: probability from which on the decision is 1.
        threshold: of the target.
        params: costs, trials and sizing.
    """
    found = forecasts(candles, voted, threshold)
    if len(found) < FEWEST:
        return {}, None
    decided = pd.Series((voted["probability"] >= decision).to_numpy(dtype="float64"), index=voted["timestamp"])
    backtests = sized_backtests(candles, found, decided, params.cost, params.sizing)
    scale = {"scale": _rounded(move_scale(candles, voted, threshold))}
    return backtests, scale | {"qlike": qlike_report(found)} | sizing_report(backtests, params.trials)


def positions(sigma: NDArray[np.float64], bars_per_year: float, params: SizingParams) -> NDArray[np.float64]:
    """(n,) forecasts of the next bar's deviation → (n,) shares of the capital that are held, from none on."""
    wanted = wanted_shares(sigma, bars_per_year, params.volatility, params.cap)
    return np.array(held_shares(wanted.tolist(), params.band))


def sized_backtests(
    candles: pd.DataFrame, forecasts: pd.DataFrame, decisions: pd.Series, cost: float, params: SizingParams
) -> dict[str, Backtest]:
    """The ensemble's decisions, holding, and holding sized by three forecasts, over the same bars, after costs.

    Args:
        candles: in the candle contract.
        forecasts: of ``src.evaluation.volatility``.
        decisions: of the ensemble, 0 or 1 by timestamp.
        cost: fraction of the traded value that one order loses.
        params: target, cap and band.
    """
    bars_per_year = SECONDS_OF_YEAR / candles["timestamp"].diff().median().total_seconds()

    def sized_by(forecast: str) -> pd.Series:
        return pd.Series(positions(forecasts[forecast].to_numpy(), bars_per_year, params), forecasts.index)

    shares = {
        "ensemble": decisions.loc[forecasts.index],
        SIZED: sized_by(PROBABILITY),
        HOLDING: pd.Series(1.0, forecasts.index),
        BY_ATR: sized_by(ATR),
        BY_SMOOTHED_ATR: sized_by(SMOOTHED_ATR),
    }
    return {name: run_backtest(candles, held, cost) for name, held in shares.items()}


def sizing_report(backtests: Mapping[str, Backtest], trials: int) -> dict[str, Any]:
    """Each backtest, and sized holding less the others: drawdown and Sharpe ratio with their bootstrap errors.

    The error is the standard deviation over the series of ``bootstrapped``.
    """
    figures = {name: backtest_report(test, trials if name == "ensemble" else 1) for name, test in backtests.items()}
    first = next(iter(backtests.values()))
    yearly = np.sqrt(len(first.bars) / first.years)
    drawn = bootstrapped(backtests, lambda net: _drawdown_and_sharpe(net, yearly))
    own = drawn[SIZED]
    report: dict[str, Any] = {"backtests": figures}
    for name in (HOLDING, BY_ATR, BY_SMOOTHED_ATR, "ensemble"):
        gap = own - drawn[name]
        report[f"sized_less_{name}"] = {
            "max_drawdown": _rounded(figures[SIZED]["max_drawdown"] - figures[name]["max_drawdown"]),
            "max_drawdown_se": _rounded(gap[:, 0].std(ddof=1)),
            "sharpe": _rounded(figures[SIZED]["sharpe"] - figures[name]["sharpe"]),
            "sharpe_se": _rounded(gap[:, 1].std(ddof=1)),
        }
    return report


def _drawdown_and_sharpe(net: NDArray[np.float64], yearly: float) -> tuple[float, float]:
    equity = np.cumprod(1 + net)
    peak = np.maximum(np.maximum.accumulate(equity), 1.0)
    deviation = net.std()
    return float(1 - (equity / peak).min()), float(net.mean() / deviation * yearly) if deviation else 0.0


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
