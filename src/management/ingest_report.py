"""The report of the stage ingest as tables for the terminal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from src.artifacts.load import proven_bytes
from src.candles.params import IngestParams
from src.core.params import read_section
from src.core.paths import CANDLE_REPORT

if TYPE_CHECKING:
    from rich.table import Table

# The check and the limit that `ingest.policies` sets it.
LIMITS = {
    "gap_share": "gap_share",
    "longest_gap_hours": "longest_gap",
    "zero_volume_share": "zero_volume_share",
    "largest_jump": "outlier_jump",
    "largest_volume_jump": "volume_jump",
}


def ingest_tables(root: Path) -> "list[Table]":
    """Inputs, repairs and checks of reports/data/candles.json.

    Raises:
        UserError: the report is missing, or not the one dvc.lock names.
    """
    from rich.table import Table

    policies = read_section(root, "ingest", IngestParams).policies
    report = json.loads(proven_bytes(root, CANDLE_REPORT))
    inputs, repairs, checks = report["inputs"], report["repairs"], report["checks"]
    files = Table(f"inputs ({inputs['count']})", "shape", "rows", "sha256")
    for file in inputs["first"]:
        files.add_row(file["file"], file["shape"], str(file["rows"]), file["sha256"])
    if inputs["count"] > len(inputs["first"]):
        files.add_row("… all of them", "", str(inputs["rows"]), inputs["sha256"])
    repaired = Table("repair", "rows")
    for name, count in repairs.items():
        repaired.add_row(name, str(count))
    checked = Table("check", "measured", "limit")
    for name, value in checks.items():
        checked.add_row(name, str(value), str(getattr(policies, LIMITS[name])))
    return [files, repaired, checked]
