"""Candles for benchmarks: as many as are asked for, made from the bundled ones."""

import numpy as np
import pandas as pd

from src.candles.readers.files import read_candle_file
from src.core.names import OHLCV
from src.core.paths import ROOT

BUNDLED = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
SEED = 1


def stretched_candles(rows: int) -> pd.DataFrame:
    """``rows`` one-minute candles in the candle contract: the bundled hours again and again, as if they were minutes.

    Every candle is taken as multiples of the close before it. In every second repetition they are turned upside down,
    so that the price goes back to where it came from; from the second repetition on each candle is stretched by its
    own random factor of ¾ to 5/4, so that no two repetitions are the same.
    """
    bundled = read_candle_file(BUNDLED)
    closes = bundled["close"].to_numpy()
    before = np.append(bundled["open"].iloc[0], closes[:-1])
    logs = np.log(bundled[list(OHLCV[:4])].to_numpy() / before[:, None])
    source = np.arange(rows) % len(bundled)
    repetition = np.arange(rows) // len(bundled)
    factor = np.where(repetition == 0, 1.0, np.random.default_rng(SEED).uniform(0.75, 1.25, rows))
    turned = repetition % 2 == 1
    steps = logs[source] * np.where(turned, -factor, factor)[:, None]
    # Upside down, the high is the low.
    steps[turned] = steps[turned][:, [0, 2, 1, 3]]
    level = before[0] * np.exp(np.append(0.0, np.cumsum(steps[:, 3])[:-1]))
    prices = np.round(level[:, None] * np.exp(steps), 6)
    candles = pd.DataFrame(prices, columns=list(OHLCV[:4]))
    candles["high"] = candles[list(OHLCV[:4])].max(axis=1)
    candles["low"] = candles[list(OHLCV[:4])].min(axis=1)
    candles["volume"] = bundled["volume"].to_numpy()[source]
    times = pd.date_range("2020-01-01", periods=rows, freq="min", tz="UTC", unit="us")
    candles.insert(0, "timestamp", times)
    return candles
