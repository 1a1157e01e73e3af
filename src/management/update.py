"""Move `ingest.end` to the exchange's last closed candle, run the pipeline, show what the metrics became."""

import sys
from pathlib import Path

from src.artifacts.files import write_bytes
from src.candles.params import IngestParams
from src.candles.sources.exchange import last_closed
from src.errors import UserError
from src.management.commands import module, run
from src.management.params_file import set_ingest_value
from src.params import read_section
from src.paths import ROOT


def main() -> None:
    """Do so; exit code 1 with one sentence when it cannot."""
    try:
        update(ROOT)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def update(root: Path) -> None:
    """Fetch what is new and run again; on failure params.yaml is as it was.

    Raises:
        UserError: the source is no exchange, it cannot be had, or the pipeline failed.
    """
    params = read_section(root, "ingest", IngestParams)
    if params.source != "exchange":
        raise UserError(
            f"`ingest.source` is {params.source}, which has nothing newer; set it to exchange, and `ingest.days`."
        )
    end = last_closed(params, print)
    if end == params.end_time:
        print(f"up to date: `ingest.end` is the last closed candle, {params.end}")
        return
    before = (root / "params.yaml").read_bytes()
    set_ingest_value(root / "params.yaml", "end", f'"{end:%Y-%m-%dT%H:%M:%SZ}"')
    print(f"`ingest.end`: {params.end} → {end:%Y-%m-%dT%H:%M:%SZ}", flush=True)
    if run(root, *module("dvc", "repro")):
        write_bytes(root / "params.yaml", before)
        raise UserError(
            "the pipeline failed, see above; params.yaml is as it was, `dvc checkout` brings the rest back."
        )
    run(root, *module("dvc", "metrics", "diff"))
