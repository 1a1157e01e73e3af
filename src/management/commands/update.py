"""Move `ingest.end` to the exchange's last closed candle, run the pipeline, show what the metrics became."""

import sys
from pathlib import Path

from src.core.errors import UserError
from src.core.paths import ROOT
from src.management.rerun import rerun_with
from src.repository.programs import module, run
from src.retraining.due import newest_close


def main() -> None:
    """Do so; exit code 1 with one sentence when it cannot."""
    try:
        update(ROOT)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def update(root: Path) -> None:
    """Fetch what is new and run again; on failure everything is as it was.

    Raises:
        UserError: the source is not an exchange, the exchange does not answer, or the pipeline failed.
    """
    params, end = newest_close(root, print)
    if end == params.end_time:
        print(f"up to date: `ingest.end` is the last closed candle, {params.end}")
        return
    print(f"`ingest.end`: {params.end} → {end:%Y-%m-%dT%H:%M:%SZ}", flush=True)
    rerun_with(root, "end", f'"{end:%Y-%m-%dT%H:%M:%SZ}"')
    run(root, *module("dvc", "metrics", "diff", "--md"))
