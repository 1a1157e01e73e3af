"""How restless the next bar will be: its deviation, read from the probability of a move, and what is known without it.

If returns were normal with deviation s, a move beyond the threshold would have probability 2 (1 − Φ(threshold / s)), so
s = threshold / Φ⁻¹(1 − probability / 2). Its logarithm is smoothed over ``SPAN`` bars. The forecasts are compared by
QLIKE, log s² + r² / s², which ranks right though r² is a noisy measure of s² (Patton, Journal of Econometrics, 2011).
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from src.evaluation.metrics import DIGITS

SPAN = 24
EWMA = (48, 168)
ATR_PERIOD = 14
# Beyond these a quantile of the normal distribution says nothing.
LEAST, MOST = 1e-3, 0.99
# Answered bars before the first forecast that counts: each forecast is scaled by what its past was off.
BEFORE = 500
PROBABILITY = "move"


def sigma_of_move(move: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """(n,) P(move) → (n,) the deviation of the next return that gives it, as a fraction of the price."""
    return threshold / ndtri(1 - np.clip(move, LEAST, MOST) / 2)


def forecasts(candles: pd.DataFrame, table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Forecasts of the next return's deviation, by the timestamps of an out-of-fold table with both heads.

    Each knows the bars up to its own, and is scaled by √ mean(r² / forecast²) over the answered bars before
    it, whose returns are known then; the first ``BEFORE`` bars are left out.

    Args:
        candles: in the candle contract.
        table: of a model with two heads, horizon 1.
        threshold: of the target.

    Returns:
        columns `fold`, `return` (of the next bar), `move`, `ewma_48`, `ewma_168`, `atr`.
    """
    rows = candles.set_index("timestamp")
    close = rows["close"]
    returns = close.pct_change()
    before = close.shift(1)
    true_range = rows["high"].combine(before, max) - rows["low"].combine(before, min)
    raw = {f"ewma_{span}": np.sqrt((returns**2).ewm(span=span, adjust=False).mean()) for span in EWMA}
    raw["atr"] = true_range.ewm(alpha=1 / ATR_PERIOD, adjust=False).mean() / close
    known = pd.DataFrame(raw).loc[table["timestamp"]]
    sigma = pd.Series(np.log(sigma_of_move(table["probability_move"].to_numpy(), threshold)), index=table["timestamp"])
    known.insert(0, PROBABILITY, np.exp(sigma.ewm(span=SPAN, adjust=False).mean()))
    following = returns.shift(-1).loc[table["timestamp"]]
    off = known.apply(lambda values: (following / values) ** 2).shift(1).expanding(BEFORE).mean()
    found = known * np.sqrt(off)
    found.insert(0, "fold", table["fold"].to_numpy())
    found.insert(1, "return", following)
    return found.dropna()


def qlike_report(found: pd.DataFrame) -> dict[str, Any]:
    """Mean QLIKE of each of ``forecasts``, and that of `move` less each other, over the folds."""
    names = [name for name in found.columns if name not in ("fold", "return")]
    losses = pd.DataFrame({name: np.log(found[name] ** 2) + (found["return"] / found[name]) ** 2 for name in names})
    by_fold = losses.groupby(found["fold"].to_numpy()).mean()
    report: dict[str, Any] = {"n": len(found), "folds": len(by_fold)}
    for name in names:
        report[name] = {"qlike": _rounded(by_fold[name].mean())}
        if name != PROBABILITY:
            gap = by_fold[PROBABILITY] - by_fold[name]
            error = gap.std(ddof=1) / np.sqrt(len(gap))
            report[name] |= {"move_less_it": _rounded(gap.mean()), "move_less_it_se": _rounded(error)}
    return report


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
