"""How restless the next bar will be: its deviation, read from the probability of a move, and what is known without it.

If returns were normal with deviation s, a move beyond the threshold would have probability 2 (1 − Φ(threshold / s)), so
s = threshold / Φ⁻¹(1 − probability / 2). Its logarithm is smoothed over ``SPAN`` bars. The forecasts are compared by
QLIKE, log s² + r² / s², which ranks right though r² is a noisy measure of s² (Patton, Journal of Econometrics, 2011).
"""

from typing import Any

import numpy as np
import pandas as pd

from src.evaluation.metrics import DIGITS
from src.evaluation.volatility_target import sigma_of_move, smoothed

EWMA = (48, 168)
ATR_PERIOD = 14
# Answered bars before the first forecast that counts: each forecast is scaled by what its past was off.
BEFORE = 500
PROBABILITY, ATR, SMOOTHED_ATR = "move", "atr", "smoothed_atr"


def forecasts(candles: pd.DataFrame, table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Forecasts of the next return's deviation, by the timestamps of an out-of-fold table with both heads.

    Each is one of ``unscaled_forecasts``, scaled by √ mean(r² / forecast²) over the answered bars before it, whose
    returns are known then; the first ``BEFORE`` bars are left out.

    Args:
        candles: in the candle contract.
        table: of a model with two heads, horizon 1.
        threshold: of the target.

    Returns:
        columns `fold`, `return` (of the next bar), `move`, `ewma_48`, `ewma_168`, `atr`, `smoothed_atr`.
    """
    known, following = unscaled_forecasts(candles, table, threshold)
    off = known.apply(lambda values: (following / values) ** 2).shift(1).expanding(BEFORE).mean()
    found = known * np.sqrt(off)
    found.insert(0, "fold", table["fold"].to_numpy())
    found.insert(1, "return", following)
    return found.dropna()


def unscaled_forecasts(candles: pd.DataFrame, table: pd.DataFrame, threshold: float) -> tuple[pd.DataFrame, pd.Series]:
    """The forecasts of ``forecasts`` as their formulas give them, each of bars up to its own; and the next returns."""
    rows = candles.set_index("timestamp")
    close = rows["close"]
    returns = close.pct_change()
    before = close.shift(1)
    true_range = rows["high"].combine(before, max) - rows["low"].combine(before, min)
    raw = {f"ewma_{span}": np.sqrt((returns**2).ewm(span=span, adjust=False).mean()) for span in EWMA}
    raw[ATR] = true_range.ewm(alpha=1 / ATR_PERIOD, adjust=False).mean() / close
    known = pd.DataFrame(raw).loc[table["timestamp"]]
    known.insert(0, PROBABILITY, smoothed(sigma_of_move(table["probability_move"].to_numpy(), threshold)))
    known[SMOOTHED_ATR] = smoothed(known[ATR].to_numpy())
    return known, returns.shift(-1).loc[table["timestamp"]]


def move_scale(candles: pd.DataFrame, table: pd.DataFrame, threshold: float) -> float:
    """√ mean(r² / forecast²) of `move` over all answered bars: what a version multiplies its forecasts by."""
    known, following = unscaled_forecasts(candles, table, threshold)
    return float(np.sqrt(((following / known[PROBABILITY]) ** 2).mean()))


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
