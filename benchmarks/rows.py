"""`make bench-rows`: features beside bare TA-Lib, one row through the ensemble beside scikit-learn's forest alone.

Usage: python benchmarks/rows.py   (after `make repro`, which makes the ensemble)
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas as pd
import talib

from benchmarks.candles import stretched_candles
from src.artifacts.load import load_model
from src.core.errors import UserError
from src.core.paths import ENSEMBLE, ROOT
from src.features.technical import WARMUP, TechnicalIndicators
from src.ml.base.inputs import TRANSFORMS
from src.ml.ensemble import ProductionEnsemble

MANY = 1_000_000


def microseconds(call: Callable[[], object], rounds: int) -> float:
    """The fastest of ``rounds``: what else the machine did only ever adds time."""
    call()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times) * 1e6


def bare(candles: pd.DataFrame) -> Callable[[], object]:
    """The TA-Lib calls that the 12 features and the stated values of flat windows need, on arrays."""
    high, low, close, volume = (candles[name].to_numpy().copy() for name in ("high", "low", "close", "volume"))
    return lambda: (
        talib.MACD(close, 12, 26, 9),
        talib.RSI(close, 14),
        talib.ATR(high, low, close, 14),
        (talib.EMA(close, 20), talib.EMA(close, 50)),
        (talib.SMA(close, 20), talib.STDDEV(close, 20), talib.SMA(volume, 20)),
        (talib.MAX(close, 20), talib.MIN(close, 20), talib.MAX(volume, 20), talib.MAX(close, 15), talib.MIN(close, 15)),
    )


def main() -> None:
    """Print two Markdown tables."""
    try:
        ensemble = load_model(ROOT, ENSEMBLE, ProductionEnsemble)
    except UserError as error:
        sys.exit(f"error: {error}")
    indicators = TechnicalIndicators()
    many = stretched_candles(MANY)
    print("| features of | bare TA-Lib | generate_all_features | times |\n|---|---|---|---|")
    for candles, rounds in ((many.tail(WARMUP), 2000), (many, 7)):
        talib_alone = microseconds(bare(candles), rounds)
        ours = microseconds(lambda candles=candles: indicators.generate_all_features(candles), rounds)
        print(f"| {len(candles):,} rows | {talib_alone:,.0f} µs | {ours:,.0f} µs | {ours / talib_alone:.1f} |")
    row = indicators.generate_all_features(many.tail(WARMUP)).to_numpy()
    member = ensemble.members["random_forest"]
    inputs = TRANSFORMS[member.inputs](row)
    alone = microseconds(lambda: member.forest.predict_proba(inputs), 100)
    assert np.array_equal(member.forest.predict_proba(inputs)[:, 1], member.predict_proba(row)[:, 1])
    print("\n| one row through | time | of scikit-learn's forest |\n|---|---|---|")
    print(f"| scikit-learn's predict_proba of the forest | {alone:,.0f} µs | 1 |")
    calls = {**ensemble.members, "the whole ensemble": ensemble}
    for name, model in calls.items():
        spent = microseconds(lambda model=model: model.predict_proba(row), 500)
        print(f"| {name} | {spent:,.0f} µs | 1 / {alone / spent:.1f} |")


if __name__ == "__main__":
    main()
