"""Move `ingest.end` to the exchange's last closed candle, run the pipeline, show what the metrics became."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.artifacts.files import write_bytes
from src.candles.params import IngestParams
from src.candles.sources.exchange import last_closed
from src.errors import UserError
from src.management.commands import module, run
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
    set_end(root, end)
    print(f"`ingest.end`: {params.end} → {end:%Y-%m-%dT%H:%M:%SZ}", flush=True)
    if run(root, *module("dvc", "repro")):
        write_bytes(root / "params.yaml", before)
        raise UserError(
            "the pipeline failed, see above; params.yaml is as it was, `dvc checkout` brings the rest back."
        )
    run(root, *module("dvc", "metrics", "diff"))


def set_end(root: Path, end: datetime) -> None:
    """Write ``end`` as `ingest.end` into params.yaml and leave every other character alone.

    Raises:
        UserError: the key does not stand on a line of its own.
    """
    path = root / "params.yaml"
    text = path.read_text(encoding="utf-8")
    ingest = YAML().load(text)["ingest"]
    wanted = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    lines = text.splitlines(keepends=True)
    if "end" in ingest:
        number, column = ingest.lc.key("end")
        _, mark, comment = lines[number][column:].rstrip("\n").partition(" #")
        lines[number] = f'{lines[number][:column]}end: "{wanted}"{" " if mark else ""}{mark}{comment}\n'
    changed = "".join(lines)
    if _plain(changed) != _plain(text) | {"ingest": dict(ingest) | {"end": wanted}}:
        raise UserError(f"{path}: `ingest.end` does not stand on a line of its own; write it as `  end: null`.")
    write_bytes(path, changed.encode())


def _plain(text: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
        return content
    except YAMLError:
        return {}
