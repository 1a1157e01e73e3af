"""Candles of generated prices: a random walk without anything to know, and minutes whose volatility changes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

STEPS = 12  # prices in one candle


def walk(volatility: NDArray[np.float64], freq: str, seed: int, volume: NDArray[np.float64]) -> pd.DataFrame:
    """Candles of a geometric random walk: (n,) volatility per candle, (n,) volume."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 1, (len(volatility), STEPS)) * volatility[:, None] / np.sqrt(STEPS)
    prices = 8000 * np.exp(np.cumsum(moves)).reshape(moves.shape)
    opens = np.concatenate([[8000], prices[:-1, -1]])
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-01-01", periods=len(volatility), freq=freq, tz="UTC", unit="us"),
            "open": opens,
            "high": np.maximum(prices.max(axis=1), opens),
            "low": np.minimum(prices.min(axis=1), opens),
            "close": prices[:, -1],
            "volume": volume,
        }
    )


def random_walk(rows: int) -> pd.DataFrame:
    """Hours of constant volatility, 0.6 % each, with volumes that mean nothing."""
    return walk(np.full(rows, 0.006), "h", 20, np.random.default_rng(20).lognormal(0, 1, rows))


def changing_minutes(rows: int) -> pd.DataFrame:
    """Minutes whose log volatility is an AR(1) around 0.08 % with a half-life of 3 hours; the volume follows it.

    A rise of 0.3 % is rare, and how likely it is can be seen from the range before: an honest AUC above 0.8 that knows
    nothing of direction. Source of the form: Taylor, Modelling Financial Time Series (1986), chapter 3.
    """
    rng = np.random.default_rng(22)
    decay = 0.5 ** (1 / 180)
    state = np.empty(rows)
    level = 0.0
    for row, shock in enumerate(rng.normal(0, np.sqrt(1 - decay**2), rows)):
        level = decay * level + shock
        state[row] = level
    volatility = 0.0008 * np.exp(0.7 * state)
    return walk(volatility, "min", 23, volatility * 1e5 * rng.lognormal(0, 0.5, rows))
