"""Parity of the exported graphs with the pickle: rows, worst |Δp|, exceptions and flips, by set of candles.

Usage: make bench-parity [SET=wide] [EVERY=N] [FILES="…"]    (default: the set `twelve` of the bundled snapshot)

The members of params.yaml are trained on all rows of each file; every row of its feature table, rows on every edge
of every split, every N-th window of candles (default 1) and flat and silent windows are compared.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.candles.readers.files import read_candle_file  # noqa: E402
from src.core.names import FEATURE_SETS, OHLCV  # noqa: E402
from src.features.build import build_feature_table  # noqa: E402
from src.graph.model import GraphMetadata, ensemble_graph, signal_graph  # noqa: E402
from src.ml.base.registry import make_member, read_member_settings  # noqa: E402
from src.ml.base.two_headed import HEADS, TwoHeadedMember  # noqa: E402
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
    parser.add_argument("--set", choices=list(FEATURE_SETS), default="twelve")
    options = parser.parse_args()
    for file in options.files:
        compare(file, options.every, options.set)


def compare(file: Path, every: int, feature_set: str) -> None:
    """One file."""
    candles = read_candle_file(file)
    table, _ = build_feature_table(candles, pd.Timedelta(hours=1), WARMUP, 1, 0.003, feature_set)
    params = read_ensemble(ROOT)
    wide = feature_set == "wide"
    members = {
        name: make_member(name, read_member_settings(ROOT, name), feature_set).fit(
            table.features, table.moves if wide else table.target
        )
        for name in params.weights
    }
    ensemble = ProductionEnsemble(members, params.weights, params.threshold)
    graph, signal = ensemble_graph(ensemble, METADATA), signal_graph(ensemble, METADATA)
    print(f"{file.name}: {len(candles):,} candles, graphs of {len(graph):,} and {len(signal):,} bytes")
    print(f"  feature table: {ensemble_parity(ensemble, graph, table.features)}")
    for name, member in _single_headed(members).items():
        edges = edge_rows(member, table.features)
        parity = ensemble_parity(ensemble, graph, edges.features)
        print(f"  edges of {name}, {edges.hit:,} of {edges.splits:,} splits hit on both sides: {parity}", flush=True)
    values = candles[list(OHLCV)].to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(values, (WARMUP, len(OHLCV)))[::every, 0]
    opened = candles["timestamp"].array.as_unit("s").asi8[WARMUP - 1 :: every] if wide else None
    scale = table.features.std(axis=0)
    print(f"  windows: {signal_parity(ensemble, signal, windows, scale, opened)}", flush=True)
    some = slice(None, None, len(windows) // 100)
    newest = None if opened is None else opened[some]
    for name, still in still_windows(windows[some]):
        print(f"  windows, {name}: {signal_parity(ensemble, signal, still, scale, newest)}", flush=True)


def _single_headed(members: dict[str, Any]) -> dict[str, Any]:
    """The members, or of members with two heads each head."""
    found = {}
    for name, member in members.items():
        two = isinstance(member, TwoHeadedMember)
        found |= {f"{name}, {head}": getattr(member, head) for head in HEADS} if two else {name: member}
    return found


if __name__ == "__main__":
    main()
