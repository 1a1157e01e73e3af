"""A year of one-minute candles as a quiet exchange gives them, by a stated generator."""

import numpy as np
import pandas as pd


def quiet_minutes(days: int = 365, seed: int = 5) -> pd.DataFrame:
    """Minutes of a random walk on a grid of prices; at night many are missing, equal or without volume.

    Per day: 5 hours of night in which each minute is missing with probability .4, trades the smallest lot at one of
    two prices with .2 (so equal neighbours are common) and has no volume with .1; a stretch of 20 minutes in which
    every other one is missing; and volumes whose largest are thousands of times the smallest.
    """
    random = np.random.default_rng(seed)
    count = days * 1440
    night = (np.arange(count) % 1440) < 300
    kind = np.where(night, random.choice(4, count, p=[0.3, 0.4, 0.2, 0.1]), 0)
    kind[(np.arange(count) % 1440 >= 300) & (np.arange(count) % 1440 < 320) & (np.arange(count) % 2 == 1)] = 1
    moves = np.where(night, 0.0, random.normal(0, 4e-4, count))
    close = np.round(30_000 * np.exp(np.cumsum(moves)) / 5) * 5
    opens = np.append(close[0], close[:-1])
    reach = np.where(kind == 0, np.round(random.exponential(10, count)), 0) * np.where(night, 0, 1)
    volume = np.round(random.lognormal(0, 1.6, count), 4) + 0.0001
    frame = pd.DataFrame(
        {
            "timestamp": pd.date_range("2023-01-01", periods=count, freq="min", tz="UTC", unit="us"),
            "open": opens,
            "high": np.maximum(opens, close) + reach + np.where(kind == 2, 5, 0),
            "low": np.minimum(opens, close) - reach,
            "close": close,
            "volume": np.where(kind == 2, 0.01, np.where(kind == 3, 0.0, volume)),
        }
    )
    return frame[kind != 1].reset_index(drop=True)
