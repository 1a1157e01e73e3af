"""How often the window guard abstains, and why: every hour of files of candles, two minutes after it is over.

Usage: python benchmarks/guard.py [FILE …]    (default: the bundled snapshot)

The files are CSV of the candle contract. Each hour is judged by the real guard with the newest 400 candles listed by
then, once for each value of `guard.contiguous`; a missing hour is an hour, too. Features are those of the shipped
graph; their ranges are those of its training, then those of the file's own first half (judged: the second half), then
those of all hours up to the last full 30 days before (a bot that is retrained every 30 days; judged: the second half).
"""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.bundle.graph import Graph, GraphFacts  # noqa: E402
from src.core.paths import SIGNAL_GRAPH  # noqa: E402
from src.live.answering.candle_file import read_window  # noqa: E402
from src.live.answering.guard import SLACK, judge  # noqa: E402
from src.live.answering.window import Window, iso  # noqa: E402
from src.live.settings import GuardSettings  # noqa: E402

SNAPSHOT = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
CONTIGUOUS = (2, 3, 4, 5, 6, 8, 12, 24, 48, 100)
AFTER_THE_HOUR = 120
BATCH = 1000
RETRAINED_EVERY = 30 * 24


def main() -> None:
    """Every file."""
    graph = Graph((ROOT / SIGNAL_GRAPH).read_bytes(), SIGNAL_GRAPH.name)
    for path in map(Path, sys.argv[1:] or [SNAPSHOT]):
        candles = read_window(path, sys.maxsize)
        print(f"{path.name}: {len(candles):,} candles of {candles.timeframe} s, from {iso(candles.opened[0])}")
        report(candles, graph)


def report(candles: Window, graph: Graph) -> None:
    """The tables of one file."""
    facts = graph.facts
    features = features_of(candles, graph)
    reasons = {bars: Counter(abstentions(candles, features, facts, bars)) for bars in CONTIGUOUS}
    hours = reasons[CONTIGUOUS[0]].total()
    older = older_holes(candles.opened, facts.warmup, candles.timeframe)
    print(f"  {hours:,} hours; {older:.1%} of the windows of {facts.warmup} candles have a hole")
    print("  ranges of the shipped training, for each value of guard.contiguous:")
    for bars, counts in reasons.items():
        told = ", ".join(f"{reason} {count / hours:.2%}" for reason, count in sorted(counts.items(), key=str))
        print(f"    {bars:>4}: {told}", flush=True)
    holes = {bars: np.mean([r == "hole" for r in _all(candles, bars, facts)]) for bars in CONTIGUOUS}
    print("  for a hole, with no regard to features: " + ", ".join(f"{b}: {s:.2%}" for b, s in holes.items()))
    half = len(features) // 2
    print_ranges("the file's own first half", ranges_before(features, np.full(len(features), half)), features, facts)
    last = np.arange(len(features)) // RETRAINED_EVERY * RETRAINED_EVERY
    print_ranges("all before, retrained every 30 days", ranges_before(features, last), features, facts)


def features_of(candles: Window, graph: Graph) -> NDArray[np.float64]:
    """The features of every window, by its newest candle from the warm-up on."""
    windows = np.lib.stride_tricks.sliding_window_view(candles.values, (graph.facts.warmup, 5))[:, 0]
    parts = [graph.run(candles=windows[start : start + BATCH])["features"] for start in range(0, len(windows), BATCH)]
    return np.concatenate(parts)


def abstentions(candles: Window, features: NDArray[np.float64], facts: GraphFacts, contiguous: int) -> list[str]:
    """The reason of every hour from the first full window on, or `answer`."""
    settings, step, found = GuardSettings(contiguous=contiguous), candles.timeframe, []
    warmup = facts.warmup
    for close in range(int(candles.opened[warmup - 1]) + step, int(candles.opened[-1]) + step + 1, step):
        after = int(np.searchsorted(candles.opened, close - step, side="right"))
        used = slice(after - warmup, after)
        window = Window(candles.opened[used], candles.values[used], close + AFTER_THE_HOUR, step)
        found.append(judge(window, settings, facts, lambda row=after - warmup: features[row]).reason or "answer")
    return found


def _all(candles: Window, contiguous: int, facts: GraphFacts) -> list[str]:
    """As ``abstentions``, with ranges that hold everything."""
    whole = replace(facts, feature_ranges={})
    return abstentions(candles, np.zeros((len(candles), len(facts.feature_names))), whole, contiguous)


def older_holes(opened: NDArray[np.int64], warmup: int, step: int) -> float:
    """The share of windows in which a candle is missing anywhere."""
    return float(np.mean(opened[warmup - 1 :] - opened[: -warmup + 1] != (warmup - 1) * step))


def ranges_before(features: NDArray[np.float64], rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
    """The lowest and highest features of all rows before ``rows``, for every row."""
    low, high = np.minimum.accumulate(features), np.maximum.accumulate(features)
    return low[np.maximum(rows - 1, 0)], high[np.maximum(rows - 1, 0)]


def print_ranges(
    what: str, ranges: tuple[NDArray[np.float64], ...], features: NDArray[np.float64], facts: GraphFacts
) -> None:
    """Shares of the second half that lie outside."""
    half = len(features) // 2
    (low, high), slack = ranges, SLACK * (ranges[1] - ranges[0])
    outside = ((features < low - slack) | (features > high + slack))[half:]
    by_name = sorted(zip(outside.mean(axis=0).tolist(), facts.feature_names, strict=True), reverse=True)
    told = ", ".join(f"{name} {share:.2%}" for share, name in by_name if share)
    print(f"  ranges of {what}: outside in {outside.any(axis=1).mean():.2%} of the second half ({told or 'none'})")


if __name__ == "__main__":
    main()
