"""Parity of the exported graphs with the pickle: rows, worst |Δp|, exceptions and flips, by set of candles.

Usage: python benchmarks/graph_parity.py [--every N] [FILE …]    (default: the bundled snapshot)

The members of params.yaml are trained on all rows of each file; every row of its feature table, rows on every edge
of every split, every N-th window of candles (default 1) and flat and silent windows are compared.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.candles.readers.files import read_candle_file  # noqa: E402
from src.core.names import OHLCV  # noqa: E402
from src.features.build import build_feature_table  # noqa: E402
from src.graph.model import GraphMetadata, ensemble_graph, signal_graph  # noqa: E402
from src.ml.base.registry import make_member, read_member_settings  # noqa: E402
from src.ml.ensemble import ProductionEnsemble  # noqa: E402
from src.ml.params import read_ensemble  # noqa: E402
from tests.graph.edges import edge_rows  # noqa: E402
from tests.graph.parity import ensemble_parity, signal_parity, still_windows  # noqa: E402

WARMUP = 400
SNAPSHOT = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
METADATA = GraphMetadata(WARMUP, "1h", 1, 0.003, {}, "", "")


def main() -> None:
    """Train, export, compare, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path, default=[SNAPSHOT])
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    for file in options.files:
        compare(file, options.every)


def compare(file: Path, every: int) -> None:
    """One file."""
    candles = read_candle_file(file)
    table, _ = build_feature_table(candles, pd.Timedelta(hours=1), WARMUP, 1, 0.003)
    params = read_ensemble(ROOT)
    members = {
        name: make_member(name, read_member_settings(ROOT, name)).fit(table.features, table.target)
        for name in params.weights
    }
    ensemble = ProductionEnsemble(members, params.weights, params.threshold)
    graph, signal = ensemble_graph(ensemble, METADATA), signal_graph(ensemble, METADATA)
    print(f"{file.name}: {len(candles):,} candles, graphs of {len(graph):,} and {len(signal):,} bytes")
    print(f"  feature table: {ensemble_parity(ensemble, graph, table.features)}")
    for name, member in members.items():
        edges = edge_rows(member, table.features)
        parity = ensemble_parity(ensemble, graph, edges.features)
        print(f"  edges of {name}, {edges.hit:,} of {edges.splits:,} splits hit on both sides: {parity}", flush=True)
    values = candles[list(OHLCV)].to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(values, (WARMUP, len(OHLCV)))[::every, 0]
    scale = table.features.std(axis=0)
    print(f"  windows: {signal_parity(ensemble, signal, windows, scale)}", flush=True)
    for name, still in still_windows(windows[:: len(windows) // 100]):
        print(f"  windows, {name}: {signal_parity(ensemble, signal, still, scale)}", flush=True)


if __name__ == "__main__":
    main()
