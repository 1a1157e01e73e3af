"""The target: does the close rise by more than a threshold within the horizon?"""

import pandas as pd


def label_target(candles: pd.DataFrame, step: pd.Timedelta, horizon: int, threshold: float) -> pd.Series:
    """1.0 where the close ``horizon`` bars ahead is more than ``threshold`` above this close, 0.0 where it is not.

    Rows whose future is not known, or whose horizon spans a gap, are NaN: dropped by the caller, never labelled 0.

    Args:
        candles: in the candle contract, n rows.
        step: duration of one candle.
        horizon: bars.
        threshold: fraction of the close, 0.003 for 0.3 %.

    Returns:
        (n,) float64, named `target`, the index of ``candles``.
    """
    close = candles["close"]
    future = close.shift(-horizon)
    unbroken = candles["timestamp"].shift(-horizon) - candles["timestamp"] == step * horizon
    # A difference, not a quotient: 1003 is not more than 0.3 % above 1000, whatever the rounding says.
    rises = (future - close > threshold * close).astype("float64")
    return rises.where(unbroken).rename("target")
