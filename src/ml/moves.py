"""The mirrored target: did the price fall as far as the target asks it to rise?"""

import pandas as pd


def with_falls(rows: pd.DataFrame, candles: pd.DataFrame, horizon: int, threshold: float) -> pd.DataFrame:
    """``rows`` with a column `fell`: 1 where the close ``horizon`` bars ahead is more than ``threshold`` below.

    Args:
        rows: the feature table, n rows; their future is known and unbroken.
        candles: in the candle contract; they hold every row's future.
        horizon: bars.
        threshold: fraction of the close.
    """
    closes = candles.set_index("timestamp")["close"]
    now = closes.loc[rows["timestamp"]].to_numpy()
    future = closes.shift(-horizon).loc[rows["timestamp"]].to_numpy()
    return rows.assign(fell=(now - future > threshold * now).astype("int8"))
