"""From 400 candles to a probability: the graph beside the pickle's path, one core, one run.

Usage: python benchmarks/graph.py [--rounds N]    (needs a run of `dvc repro`)
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Before numpy is imported: its BLAS would take every core.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
import onnxruntime
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.artifacts.load import load_model, proven_bytes  # noqa: E402
from src.core.errors import UserError  # noqa: E402
from src.core.names import OHLCV  # noqa: E402
from src.core.paths import CANDLES, ENSEMBLE, ENSEMBLE_GRAPH, FEATURES, SIGNAL_GRAPH  # noqa: E402
from src.features.table import FeatureTable  # noqa: E402
from src.features.technical import TechnicalIndicators  # noqa: E402
from src.ml.ensemble import ProductionEnsemble  # noqa: E402

MANY = 10_000
WARMUP = 400
# 10,000 windows at once are 160 MB and as much again for each step between.
WINDOWS_AT_ONCE = 100


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5000, help="of the graph with one row; the pickle gets a tenth")
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ensemble = load_model(ROOT, ENSEMBLE, ProductionEnsemble)
    graph, signal = _session(ENSEMBLE_GRAPH), _session(SIGNAL_GRAPH)
    rows = np.resize(FeatureTable.read(ROOT / FEATURES).features, (MANY, 12))
    history = pd.read_parquet(ROOT / CANDLES)[list(OHLCV)].iloc[-(MANY + WARMUP - 1) :].reset_index(drop=True)
    window = history.iloc[-WARMUP:].reset_index(drop=True)
    candles = window.to_numpy()[None]
    indicators = TechnicalIndicators(WARMUP)
    windows = np.lib.stride_tricks.sliding_window_view(history.to_numpy(), (WARMUP, len(OHLCV)))[:, 0]
    assert len(windows) == MANY

    def many_windows() -> None:
        for start in range(0, MANY, WINDOWS_AT_ONCE):
            # onnxruntime wants them one after the other in memory; the copy is part of the work.
            given = np.ascontiguousarray(windows[start : start + WINDOWS_AT_ONCE])
            signal.run(["probability"], {"candles": given})

    print(f"{'':44}{'p50':>12}{'p99':>12}")
    few = max(rounds // 10, 10)
    first = _measured(
        "400 candles, pickle", lambda: ensemble.predict_proba(indicators.generate_all_features(window)), few
    )
    second = _measured("400 candles, graph", lambda: signal.run(["probability"], {"candles": candles}), rounds)
    print(f"{'':44}{first / second:>11,.0f}×")
    first = _measured("1 row of features, pickle", lambda: ensemble.predict_proba(rows[:1]), few)
    second = _measured("1 row of features, graph", lambda: graph.run(["probability"], {"features": rows[:1]}), rounds)
    print(f"{'':44}{first / second:>11,.0f}×")
    first = _measured("10,000 rows of features, pickle", lambda: ensemble.predict_proba(rows), 5)
    second = _measured("10,000 rows of features, graph", lambda: graph.run(["probability"], {"features": rows}), 5)
    print(f"{'':44}{first / second:>11,.1f}×")
    # The pickle's path computes each indicator once over the history; the graph computes each window by itself.
    whole = "10,000 hours of one history"
    first = _measured(f"{whole}, pickle", lambda: ensemble.predict_proba(indicators.generate_all_features(history)), 5)
    second = _measured(f"{whole}, graph", many_windows, 5)
    print(f"{'':44}{first / second:>11,.1f}×")
    for path in (ENSEMBLE_GRAPH, SIGNAL_GRAPH):
        print(f"{path.name}: {(ROOT / path).stat().st_size:,} bytes")


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(proven_bytes(ROOT, path), options, providers=["CPUExecutionProvider"])


def _measured(name: str, call: Callable[[], object], rounds: int) -> float:
    """Print p50 and p99 of ``rounds`` calls; returns p50 in seconds."""
    for _ in range(min(rounds, 50)):
        call()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    p50, p99 = np.percentile(seconds, [50, 99])
    print(f"{name:44}{_shown(p50):>12}{_shown(p99):>12}", flush=True)
    return float(p50)


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.1 else f"{seconds * 1e3:,.0f} ms"


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
