"""Every fault of the exchange source against the loopback server: what happened, requests made, result.

Usage: python benchmarks/exchange_faults.py [CANDLES]   (default: the bundled candles)
"""

import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd

from src.candles.readers.files import read_candle_file
from src.core.errors import UserError
from tests.candles.exchange.bitbank_server import BitbankServer, bitbank
from tests.candles.exchange.scenarios import FETCH, SCENARIOS, Scenario, expected, faulty_day, fetched, params_for
from tests.conftest import ROOT, SNAPSHOT

DAYS = 180


def main() -> None:
    """Print a Markdown table."""
    try:
        candles = read_candle_file(Path(sys.argv[1]) if len(sys.argv) > 1 else SNAPSHOT)
    except UserError as error:
        sys.exit(f"error: CANDLES: {error}")
    # The last candle is open at the server's time, and served half-formed.
    end = candles["timestamp"].iloc[-1].to_pydatetime().astimezone(UTC)
    near = candles[candles["timestamp"] > candles["timestamp"].iloc[-1] - timedelta(days=DAYS + 2)]
    with bitbank(near, end + timedelta(minutes=30)) as server:
        wanted = expected(candles, end, DAYS)
        print(f"{len(wanted)} candles of {DAYS} days to {end:%Y-%m-%dT%H:%MZ}\n")
        print("| fault | what happened | requests | seconds | result |\n|---|---|---|---|---|")
        clean = _run(server, Scenario("none"), end)
        again = _run(server, Scenario("none, a second time"), end)
        assert clean is not None and again is not None
        assert clean.equals(wanted)
        assert clean.to_parquet() == again.to_parquet()
        for scenario in SCENARIOS:
            result = _run(server, scenario, end)
            assert (result is None) == bool(scenario.refusal)
            assert result is None or result.to_parquet() == clean.to_parquet()
        real = time.time
        for minutes in (-5, 5):
            time.time = lambda minutes=minutes: real() + minutes * 60
            result = _run(server, Scenario(f"local clock {minutes:+d} minutes"), end)
            assert result is not None
            assert result.to_parquet() == clean.to_parquet()
        time.time = real
        _kill_and_resume(server, end, clean)


def _kill_and_resume(server: BitbankServer, end: datetime, clean: pd.DataFrame) -> None:
    server.requests.clear()
    server.faults.clear()
    with tempfile.TemporaryDirectory() as folder:
        params = params_for(server, end, DAYS)
        names = [str(Path(folder) / name) for name in ("params.json", "cache", "candles.parquet")]
        Path(names[0]).write_text(params.model_dump_json())
        child = subprocess.Popen([sys.executable, "-c", FETCH, *names], cwd=ROOT)
        while len(server.requests) < DAYS // 2:
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        child.wait()
        before = len(server.requests)
        started = time.monotonic()
        resumed = fetched(params, Path(folder) / "cache").candles
        seconds = time.monotonic() - started
    assert resumed.to_parquet() == clean.to_parquet()
    happened = f"killed after {before} requests, then run again"
    print(f"| SIGKILL in mid-fetch | {happened} | {len(server.requests)} | {seconds:.1f} | equal to the clean run |")


def _run(server: BitbankServer, scenario: Scenario, end: datetime) -> pd.DataFrame | None:
    """One line of the table; the candles, or None where they were refused."""
    server.requests.clear()
    server.faults.clear()
    server.faults[faulty_day(end, DAYS)] = list(scenario.answers)
    said: list[str] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as cache:
        try:
            collected = fetched(params_for(server, end, DAYS), Path(cache), said.append)
            candles, result = collected.candles, "equal to the clean run"
            dropped = collected.report["repairs"]["duplicates"]
            result += f", {dropped} repeats dropped" if dropped else ""
        except UserError as error:
            candles, result = None, f"refused: {error}"
    seconds = time.monotonic() - started
    retries = sum("trying again" in line for line in said)
    happened = f"asked again {retries}×" if retries else "nothing asked again"
    print(f"| {scenario.name} | {happened} | {len(server.requests)} | {seconds:.1f} | {result} |", flush=True)
    return candles


if __name__ == "__main__":
    main()
