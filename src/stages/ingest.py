"""Stage `ingest`: candles of any source become data/raw/candles.parquet and a report of what is in it."""

from pathlib import Path

from src.candles.collect import collect
from src.candles.exchange.fetch import read_exchange
from src.candles.params import IngestParams
from src.candles.readers.local import read_csv, read_snapshot
from src.candles.rows import Rows
from src.core.files import write_json, write_parquet
from src.core.params import read_section
from src.core.paths import CANDLE_CACHE, CANDLE_REPORT, CANDLES, ROOT
from src.core.stage import run_stage


def main() -> None:
    """Read, check, cut to the period, write."""
    params = read_section(ROOT, "ingest", IngestParams)
    collected = collect(read_rows(params, ROOT), params)
    report = collected.report
    write_parquet(ROOT / CANDLES, collected.candles)
    write_json(ROOT / CANDLE_REPORT, report)
    repairs = ", ".join(f"{count} {name}" for name, count in report["repairs"].items() if count)
    print(f"ingest: {report['rows']} candles, {report['first_open']} to {report['last_close']}, {report['gaps']} gaps")
    print(f"ingest: repairs: {repairs or 'none'}")


def read_rows(params: IngestParams, root: Path) -> Rows:
    """The rows of the source that `ingest.source` names; never of another."""
    if params.source == "snapshot":
        return read_snapshot(params, root)
    if params.source == "csv":
        return read_csv(params, root, root / CANDLE_CACHE)
    return read_exchange(params, root / CANDLE_CACHE, lambda line: print(f"ingest: {line}", flush=True))


if __name__ == "__main__":
    run_stage(main, undo=None)
