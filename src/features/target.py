"""The target: does the close rise by more than a threshold within the horizon? And its mirror: does it fall so far?"""

import pandas as pd


def label_moves(candles: pd.DataFrame, step: pd.Timedelta, horizon: int, threshold: float) -> pd.DataFrame:
    """Whether the close ``horizon`` bars ahead is more than ``threshold`` above this close, and whether it is below.

    Rows whose future is not known, or whose horizon spans a gap, are NaN: dropped by the caller, never labelled 0.

    Args:
        candles: in the candle contract, n rows.
        step: duration of one candle.
        horizon: bars.
        threshold: fraction of the close, 0.003 for 0.3 %.

    Returns:
        (n, 2) float64, columns `target` (it rises) and `fell`, the index of ``candles``.
    """
    close = candles["close"]
    future = close.shift(-horizon)
    unbroken = candles["timestamp"].shift(-horizon) - candles["timestamp"] == step * horizon
    # A difference, not a quotient: 1003 is not more than 0.3 % above 1000, whatever the rounding says.
    rises = (future - close > threshold * close).astype("float64")
    falls = (close - future > threshold * close).astype("float64")
    return pd.DataFrame({"target": rises.where(unbroken), "fell": falls.where(unbroken)})
