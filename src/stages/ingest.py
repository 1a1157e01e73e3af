"""Stage `ingest`: a candle file becomes data/raw/candles.parquet and a report of what is in it."""

from src.artifacts.files import write_json, write_parquet
from src.candles.contract import validate_candles
from src.candles.files import check_provenance, read_candle_file
from src.candles.params import IngestParams
from src.candles.period import describe_candles, select_period
from src.params import read_section
from src.paths import CANDLE_REPORT, CANDLES, ROOT
from src.stages.run import run_stage


def main() -> None:
    """Read, check, cut to the period, write."""
    params = read_section(ROOT, "ingest", IngestParams)
    path = ROOT / params.path
    if params.source == "snapshot":
        check_provenance(path)
    candles = validate_candles(read_candle_file(path), params.step, params.path)
    candles = select_period(candles, params.step, params.days, params.end_time)
    report = {"source": params.source, "file": path.name} | describe_candles(candles, params.step)
    write_parquet(ROOT / CANDLES, candles)
    write_json(ROOT / CANDLE_REPORT, report)
    print(f"ingest: {report['rows']} candles, {report['first_open']} to {report['last_close']}, {report['gaps']} gaps")


if __name__ == "__main__":
    run_stage(main)
