"""A folder as `make fetch` makes it, candles to answer for, and what Python's onnxruntime answers."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.bundle.graph import Graph
from src.core.names import OHLCV
from tests.conftest import HOUR, ROOT

# The contract of issue and docs/graph.md: probabilities agree within this.
AGREED = 1e-6
PRODUCTION = ("production_signal.onnx", "production_model_metadata.json")


@pytest.fixture(scope="session")
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the graph and the metadata: the checkout's where they are there, else a short pipeline's."""
    made = ROOT / "models/production"
    if not all((made / name).is_file() for name in PRODUCTION):
        made = request.getfixturevalue("short_pipeline") / "models/production"
    folder = tmp_path_factory.mktemp("bundle")
    for name in PRODUCTION:
        shutil.copy2(made / name, folder)
    return folder


@pytest.fixture(scope="session")
def graph(bundle: Path) -> Graph:
    """The graph of ``bundle`` in this process."""
    path = bundle / "production_signal.onnx"
    return Graph(path.read_bytes(), path.name)


def expected(graph: Graph, candles: pd.DataFrame) -> NDArray[np.float64]:
    """(n − warmup + 1,) probabilities of all windows of the candles as listed."""
    values = candles[list(OHLCV)].to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(values, (graph.facts.warmup, len(OHLCV)))[:, 0]
    parts = [windows[start : start + 1000] for start in range(0, len(windows), 1000)]
    return np.concatenate([graph.run(candles=part)["probability"] for part in parts])


@dataclass(frozen=True)
class Asked:
    """``candles`` (closed ones), the ``file`` that holds them and one open candle, and the ``probability`` of each."""

    candles: pd.DataFrame
    file: Path
    probability: NDArray[np.float64]


@pytest.fixture(scope="session")
def asked(snapshot: pd.DataFrame, graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """The snapshot, then 1,200 hours flat, silent, and both; JSON as ccxt's fetch_ohlcv returns it."""
    candles = with_still_hours(snapshot, 400)
    file = tmp_path_factory.mktemp("candles") / "candles.json"
    this_hour = int(time.time() // 3600) * 3_600_000
    write_candles(file, candles, [this_hour, 1e5, 2e5, 1e4, 1e5, 1.0])
    return Asked(candles, file, expected(graph, candles))


def with_still_hours(candles: pd.DataFrame, bars: int) -> pd.DataFrame:
    """``candles``, then ``bars`` that do not move, as many that trade nothing, and as many that do neither."""
    prices = ["open", "high", "low", "close"]
    flat, silent, both = (candles.iloc[-bars:].copy() for _ in range(3))
    flat[prices] = both[prices] = candles["close"].iloc[-1]
    silent["volume"] = both["volume"] = 0.0
    longer = pd.concat([candles, flat, silent, both], ignore_index=True)
    added = np.arange(1, 3 * bars + 1) * HOUR
    longer.loc[len(candles) :, "timestamp"] = candles["timestamp"].iloc[-1] + added
    return longer


def write_candles(file: Path, candles: pd.DataFrame, *more: list[float]) -> None:
    """JSON rows of [open time in ms, open, high, low, close, volume]."""
    rows = zip(milliseconds(candles), candles[list(OHLCV)].to_numpy().tolist(), strict=True)
    file.write_text(json.dumps([[opened, *values] for opened, values in rows] + list(more)))


def milliseconds(candles: pd.DataFrame) -> list[int]:
    """Open times."""
    return candles["timestamp"].astype("datetime64[ms, UTC]").astype("int64").tolist()


def check_lines(printed: str, asked: Asked) -> str:
    """Compare what an example printed, oldest first, with ``asked``; the sentence for the report."""
    lines = [line.split(" ") for line in printed.strip().splitlines()]
    opened = pd.to_datetime([line[0] for line in lines]).as_unit("us")
    assert opened.equals(pd.DatetimeIndex(asked.candles["timestamp"][-len(asked.probability) :], name=None))
    worst = np.abs(np.array([float(line[1]) for line in lines]) - asked.probability).max()
    # `not <=`: NaN is no agreement.
    assert worst <= AGREED, f"worst |Δp| {worst:.1e}"
    return f"{len(lines):,} rows, worst |Δp| {worst:.1e}"
