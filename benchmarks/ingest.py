"""Throughput of ingest: a CSV of minute candles to an hourly parquet, beside bare pandas in the same run.

Usage: python benchmarks/ingest.py [ROWS]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5

MEASURE = """
import sys, time
from pathlib import Path
def peak():  # of this program alone; getrusage counts what the parent had before exec
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
sys.path.insert(0, {root!r})
source, target = sys.argv[1:3]
{prepare}
before = peak()
started, burnt = time.perf_counter(), time.process_time()
{work}
seconds, cpu = time.perf_counter() - started, time.process_time() - burnt
print(seconds, cpu, peak(), before)
"""

BARE = (
    "import pandas as pd, pyarrow.parquet",
    """
frame = pd.read_csv(source, parse_dates=["timestamp"], index_col="timestamp")
rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
frame.resample("1h").agg(rules).to_parquet(target)
""",
)
OURS = (
    """
from pathlib import Path
import pandas as pd, pandera.pandas, pyarrow.csv, pyarrow.parquet
from src.candles.contract import validate_candles
from src.core.files import write_parquet
from src.candles.collect import collect
from src.candles.readers.files import read_files
from src.candles.params import IngestParams
from src.candles.readers.read import Reading
from tests.conftest import make_candles
validate_candles(make_candles([1.5, 1.5, 1.5]), pd.Timedelta(hours=1), "warm-up: pandera registers its backends")
params = IngestParams.model_validate({"source": "csv", "path": source, "timeframe": "1h"})
""",
    """
write_parquet(Path(target), collect(read_files([Path(source)], Reading()), params).candles)
""",
)


def make_minutes(rows: int) -> pd.DataFrame:
    """A random walk of ``rows`` minutes in the candle contract."""
    random = np.random.default_rng(1)
    close = 30_000 * np.exp(np.cumsum(random.normal(0, 5e-4, rows)))
    opens = np.append(30_000, close[:-1])
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-01-01", periods=rows, freq="min", tz="UTC", unit="us").strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "open": opens.round(2),
            "high": (np.maximum(opens, close) + random.exponential(3, rows)).round(2),
            "low": (np.minimum(opens, close) - random.exponential(3, rows)).round(2),
            "close": close.round(2),
            "volume": random.lognormal(0, 1, rows).round(5),
        }
    )


def measure(name: str, code: tuple[str, str], source: Path, target: Path) -> tuple[float, ...]:
    """Seconds, processor seconds and peak MB: the best of ``ROUNDS`` fresh processes in each."""
    script = MEASURE.format(root=str(ROOT), prepare=code[0], work=code[1])
    figures = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", script, str(source), str(target)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        figures.append(tuple(float(word) for word in out.split()))
    seconds, cpu, peak, before = (min(column) for column in zip(*figures, strict=True))
    above = peak - before
    print(f"{name:12} {seconds:6.2f} s, {cpu:6.2f} s of processor, peak {peak:5.0f} MB, {above:5.0f} above the imports")
    return seconds, cpu, peak


def main() -> None:
    """Print both and their ratio."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "minutes.csv"
        make_minutes(rows).to_csv(source, index=False)
        print(f"{rows} one-minute rows, {source.stat().st_size / 1e6:.0f} MB of CSV to 1 h, best of {ROUNDS}")
        bare = measure("bare pandas", BARE, source, Path(folder) / "bare.parquet")
        ours = measure("ingest", OURS, source, Path(folder) / "ours.parquet")
        ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
        print("time {:.2f}×, processor time {:.2f}×, peak memory {:.2f}×".format(*ratios))
        check(Path(folder) / "bare.parquet", Path(folder) / "ours.parquet")


def check(bare: Path, ours: Path) -> None:
    """The same candles, or the comparison is void."""
    left, right = pd.read_parquet(bare).reset_index(), pd.read_parquet(ours)
    common = left[left["timestamp"].isin(right["timestamp"])].reset_index(drop=True)
    assert len(right) >= len(left) - 1
    assert np.allclose(common.iloc[:, 1:], right.iloc[:, 1:], rtol=1e-12, atol=0)
    print(f"{len(right)} candles, equal to pandas' within 1e-12 (its sums of volume round differently)")


if __name__ == "__main__":
    main()
