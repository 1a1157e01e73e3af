"""The decision after costs: long where the ensemble says 1, else in cash; never short, never leveraged."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.core.errors import UserError
from src.evaluation.metrics import DIGITS
from src.evaluation.params import EvaluationParams
from src.evaluation.sharpe import deflated_sharpe, sharpe_error, sharpe_ratio

YEAR = pd.Timedelta(days=365.25)


@dataclass(frozen=True)
class Backtest:
    """``bars``: `timestamp` (the open at which the position is taken), `position` (0 or 1), `gross` and `net`
    return until the next open; ``years`` they span."""

    bars: pd.DataFrame
    years: float

    @property
    def equity(self) -> NDArray[np.float64]:
        """(bars,) value of 1 after each bar, after costs."""
        return np.cumprod(1 + self.bars["net"].to_numpy())


def run_backtests(
    candles: pd.DataFrame, voted: pd.DataFrame, threshold: float, params: EvaluationParams
) -> tuple[dict[str, Backtest], dict[str, Any]]:
    """The ensemble's decisions beside buy and hold: the backtests, and `reports/metrics/backtest.json`.

    Args:
        candles: in the candle contract.
        voted: the ensemble's out-of-fold table.
        threshold: probability from which on the decision is 1.
        params: costs, and the number of trials that the ensemble's Sharpe ratio is deflated by.
    """
    decisions = pd.Series((voted["probability"] >= threshold).to_numpy(dtype="float64"), index=voted["timestamp"])
    ensemble = run_backtest(candles, decisions, params.cost)
    backtests = {"ensemble": ensemble, "buy_and_hold": buy_and_hold(ensemble, candles, params.cost)}
    trials = {"ensemble": params.trials, "buy_and_hold": 1}
    return backtests, {name: backtest_report(test, trials[name]) for name, test in backtests.items()}


def run_backtest(candles: pd.DataFrame, decisions: pd.Series, cost: float) -> Backtest:
    """Follow the decisions: made at a candle's close, executed at the next candle's open.

    Candles without a decision (their future spans a gap) keep the position. The last position is sold at the end.

    Args:
        candles: in the candle contract.
        decisions: 0 or 1 by the candle's timestamp.
        cost: fraction of the traded value that one order loses: fee + slippage.

    Raises:
        UserError: fewer than two bars to hold a position in.
    """
    first = int(candles["timestamp"].searchsorted(decisions.index[0]))
    last = int(candles["timestamp"].searchsorted(decisions.index[-1]))
    decided = candles["timestamp"].iloc[first : last + 1].map(decisions).ffill().to_numpy()
    opens = candles["open"].to_numpy()[first + 1 : last + 3]
    # A decision counts only where there is a next open to act at and one after it to be valued at.
    position = decided[: len(opens) - 1]
    if len(position) < 2:
        raise UserError(
            f"the walk-forward decides only {len(decided)} candles, too few for a backtest; raise `ingest.days`."
        )
    gross = position * (opens[1:] / opens[:-1] - 1)
    traded = np.abs(np.diff(position, prepend=0.0))
    paid = 1 - cost * traded
    paid[-1] *= 1 - cost * position[-1]
    moments = candles["timestamp"].iloc[first + 1 : first + 1 + len(position)].reset_index(drop=True)
    bars = pd.DataFrame(
        {"timestamp": moments, "position": position, "gross": gross, "net": (1 + gross) * paid - 1, "traded": traded}
    )
    return Backtest(bars, float((moments.iloc[-1] - moments.iloc[0]) / YEAR))


def buy_and_hold(backtest: Backtest, candles: pd.DataFrame, cost: float) -> Backtest:
    """Always long over the same bars."""
    moments = backtest.bars["timestamp"]
    before = candles["timestamp"].searchsorted(moments.iloc[0]) - 1
    decisions = pd.Series(1.0, index=candles["timestamp"].iloc[before : before + len(moments)])
    return run_backtest(candles, decisions, cost)


def backtest_report(backtest: Backtest, trials: int) -> dict[str, Any]:
    """Figures after costs; Sharpe ratios and turnover per year, without a risk-free rate.

    Args:
        backtest: to be described.
        trials: configurations tried before this one was chosen.
    """
    bars, equity = backtest.bars, backtest.equity
    returns = bars["net"].to_numpy()
    yearly = np.sqrt(len(returns) / backtest.years)
    peak = np.maximum.accumulate(np.concatenate([[1.0], equity]))[1:]
    traded = float(bars["traded"].sum() + bars["position"].iloc[-1])
    orders = int((bars["traded"] > 0).sum() + (bars["position"].iloc[-1] > 0))
    figures = {
        "net_return": equity[-1] - 1,
        "gross_return": np.prod(1 + bars["gross"].to_numpy()) - 1,
        "sharpe": sharpe_ratio(returns) * yearly,
        "sharpe_se": sharpe_error(returns) * yearly,
        "deflated_sharpe_probability": deflated_sharpe(returns, trials),
        "max_drawdown": 1 - (equity / peak).min(),
        "share_long": bars["position"].mean(),
        "turnover_per_year": traded / backtest.years,
    }
    return {name: round(float(value), DIGITS) for name, value in figures.items()} | {
        "orders": orders,
        "bars": len(bars),
        "years": round(backtest.years, 2),
    }
