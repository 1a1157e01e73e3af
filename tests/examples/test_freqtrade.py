"""Real freqtrade, offline, backtests the strategy on the snapshot; its probabilities are ours, row by row."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.bundle.graph import Graph
from tests.conftest import ROOT, run
from tests.examples import needed
from tests.examples.conftest import AGREED, expected
from tests.examples.exchange import ADDRESSES, Exchange

OWN_MODEL = ROOT / "models/production/production_signal.onnx"

HERE = ROOT / "tests/examples"
STRATEGY = ROOT / "examples/freqtrade/EnsembleSignal.py"


@dataclass(frozen=True)
class Freqtrade:
    """A folder with the strategy, the candles and the settings of one freqtrade, and the exchange it asks."""

    folder: Path
    exchange: Exchange

    def backtest(self, bundle: Path) -> tuple[int, str]:
        """Exit code and output of `freqtrade backtesting` with the shipped configuration and the graph of a folder."""
        settings = {
            "ensemble": str(bundle),
            "recorded": str(self.folder / "recorded.feather"),
            "exchange": {"ccxt_config": self.exchange.settings()},
        }
        (self.folder / "drill.json").write_text(json.dumps(settings))
        command = [str(needed.freqtrade()), "backtesting", "--strategy", "Recorded", "--export", "none"]
        command += ["--config", str(ROOT / "examples/freqtrade/config.json"), "--config", "drill.json"]
        command += ["--userdir", "user_data", "--datadir", "data", "--strategy-path", "strategies", "--cache", "none"]
        result = run(self.folder, *command, PYTHONPATH=str(self.folder / "fence"), PYTHONDONTWRITEBYTECODE="1")
        return result.returncode, result.stdout + result.stderr

    def table(self) -> pd.DataFrame:
        """What the strategy ended with."""
        return pd.read_feather(self.folder / "recorded.feather")


@pytest.fixture
def freqtrade(snapshot: pd.DataFrame, tmp_path: Path) -> Iterator[Freqtrade]:
    """With the snapshot's candles as those of BTC/USDT."""
    needed.freqtrade()
    for name in ("user_data", "data", "strategies", "fence"):
        (tmp_path / name).mkdir()
    shutil.copy2(STRATEGY, tmp_path / "strategies")
    shutil.copy2(HERE / "recorded.py", tmp_path / "strategies/Recorded.py")
    shutil.copy2(HERE / "fence.py", tmp_path / "fence/sitecustomize.py")
    candles = snapshot.rename(columns={"timestamp": "date"})
    candles["date"] = candles["date"].astype("datetime64[ms, UTC]")
    candles.to_feather(tmp_path / "data/BTC_USDT-1h.feather")
    exchange = Exchange()
    yield Freqtrade(tmp_path, exchange)
    exchange.shutdown()
    exchange.server_close()


@pytest.mark.drill
def test_every_row_of_a_backtest(freqtrade: Freqtrade, snapshot: pd.DataFrame, bundle: Path, graph: Graph) -> None:
    code, output = freqtrade.backtest(bundle)
    assert code == 0, output
    assert "STRATEGY SUMMARY" in output
    # It asked this exchange for its markets, and nothing else; the fence forbids any other host.
    assert set(freqtrade.exchange.asked) == {f"{path}/exchangeInfo" for path in ADDRESSES.values()}
    table = freqtrade.table()
    hours = int((snapshot["timestamp"].iloc[-1] - snapshot["timestamp"].iloc[0]) / pd.Timedelta(hours=1)) + 1
    # freqtrade filled the holes.
    assert (len(table), len(snapshot)) == (hours, hours - 33)
    theirs = table.set_index("date")["probability"].dropna()
    ours = pd.Series(expected(graph, snapshot), index=snapshot["timestamp"][graph.facts.warmup - 1 :])
    assert list(theirs.index) == list(ours.index)
    worst = np.abs(theirs.to_numpy() - ours.to_numpy()).max()
    assert worst <= AGREED
    check_orders(table)
    filled = table[["open", "high", "low", "close", "volume"]].rename_axis(None)
    moved = np.abs(expected(graph, filled) - table["probability"].to_numpy()[graph.facts.warmup - 1 :]) > AGREED
    # Without leaving them out the same rows would differ: this comparison can fail.
    assert moved.sum() > 50
    print(f"freqtrade: {len(ours):,} rows, worst |Δp| {worst:.1e}; filled candles would move {moved.sum()} rows")


def check_orders(table: pd.DataFrame) -> None:
    """Entries and exits are where the probability says so; no entry within four hours of a hole."""
    whole = np.convolve(table["volume"] == 0, np.ones(4))[: len(table)] == 0
    enters = table["probability"] >= 0.5
    left_out = int((enters & ~whole).sum())
    # The short pipeline's few trees hardly ever say so much; the checkout's own model, after `make repro`, does.
    assert left_out or not OWN_MODEL.is_file(), "no hole would have been entered: this shows nothing"
    print(f"freqtrade: {int(enters.sum())} hours to enter, {left_out} of them left out beside a hole")
    assert ((table["enter_long"] == 1) == (enters & whole)).all()
    assert ((table["exit_long"] == 1) == (table["probability"] < 0.3)).all()


@pytest.mark.drill
def test_an_altered_graph_is_not_run(freqtrade: Freqtrade, bundle: Path, tmp_path: Path) -> None:
    fetched = tmp_path / "fetched"
    shutil.copytree(bundle, fetched)
    graphs = {"production_signal.onnx": {"md5": "0" * 32, "sha256": "0" * 64, "size": 1}}
    (fetched / "bundle.json").write_text(json.dumps({"graphs": graphs}))
    code, output = freqtrade.backtest(fetched)
    assert code != 0
    assert "production_signal.onnx was altered; fetch it again with `make fetch`." in output
    assert not (freqtrade.folder / "recorded.feather").exists()
