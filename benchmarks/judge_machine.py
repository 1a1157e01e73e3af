"""Faults that need no outcome, for `make bench-judge`: the shipped graph with a fault, scored on bundled candles."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from src.bundle.folder import open_checkout
from src.bundle.graph import Graph
from src.bundle.loaded import Loaded
from src.core.paths import ROOT
from src.live.answering.candle_file import read_window
from src.live.answering.window import Window
from src.live.journal.rows import Prediction
from src.live.judge.faults import fault_in
from src.live.running.scoring import scored
from src.live.running.versions import Running
from src.live.settings import JudgeSettings, LiveSettings

SNAPSHOT = ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz"
# Seconds: an answer that is slow for the benchmark, so that it takes no hours.
SLOW = 0.05
STEP = 400
Make = Callable[[Loaded], Loaded]


class Altered:
    """A graph whose answers are altered."""

    def __init__(self, graph: Graph, alter: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.facts, self._graph, self._alter = graph.facts, graph, alter

    def run(self, **inputs: Any) -> dict[str, Any]:
        """As the graph, altered."""
        return self._alter(self._graph.run(**inputs))


def _with(loaded: Loaded, alter: Callable[[dict[str, Any]], dict[str, Any]]) -> Loaded:
    signal: Any = Altered(loaded.signal, alter)
    return replace(loaded, signal=signal)


def _not_a_number(loaded: Loaded) -> Loaded:
    return _with(loaded, lambda said: said | {"probability": np.full_like(said["probability"], np.nan)})


def _failing(loaded: Loaded) -> Loaded:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("it failed")

    return _with(loaded, fail)


def _slow(loaded: Loaded) -> Loaded:
    def wait(said: dict[str, Any]) -> dict[str, Any]:
        time.sleep(1.2 * SLOW)
        return said

    return _with(loaded, wait)


def _other_bytes(loaded: Loaded) -> Loaded:
    graphs = [graph | {"md5": "0" * 32} for graph in loaded.metadata["graphs"]]
    return replace(loaded, metadata=loaded.metadata | {"graphs": graphs})


FAULTS: dict[str, Make] = {
    "NaN": _not_a_number,
    "an exception": _failing,
    "slow": _slow,
    "another graph's bytes": _other_bytes,
    "none": lambda loaded: loaded,
}


def machine_faults() -> dict[str, tuple[int, list[int | None]]]:
    """By fault: candles played, and for each start the candles until the alarm, or None.

    From every ``STEP``-th candle on, the newest `judge.window` candles are scored one by one by the shipped graph and
    by the same with the fault.
    """
    loaded = open_checkout(ROOT)
    md5 = Running(loaded).graph_md5
    candles = read_window(SNAPSHOT, 10**9)
    settings = LiveSettings(judge=JudgeSettings(latency=SLOW))
    starts = range(loaded.signal.facts.warmup, len(candles) - settings.judge.window, STEP)
    found: dict[str, tuple[int, list[int | None]]] = {}
    for name, make in FAULTS.items():
        versions = [Running(loaded), Running(make(loaded))]
        results = [_until_alarm(candles, start, versions, settings, md5) for start in starts]
        found[name] = (sum(played for played, _ in results), [alarm for _, alarm in results])
    return found


def _until_alarm(
    candles: Window, start: int, versions: list[Running], settings: LiveSettings, md5: str
) -> tuple[int, int | None]:
    rows: list[Prediction] = []
    others: dict[int, Prediction] = {}
    for count in range(1, settings.judge.window + 1):
        after = start + count
        used = slice(max(0, after - 500), after)
        now = float(candles.opened[after - 1]) + candles.timeframe + settings.runner.settling
        window = Window(candles.opened[used], candles.values[used], now, candles.timeframe)
        other, row = scored(versions, window, settings, halted=False)
        others[row.opened] = other
        rows.append(row)
        if fault_in(rows, others, settings.judge, md5):
            return count, count
    return settings.judge.window, None
