"""Verdicts of drift, as `make drift` writes them."""

from pathlib import Path
from typing import Any

from src.core.files import write_json
from src.live.drift_verdict import FILE


def write_verdict(root: Path, version: str, trained_until: str, last: str, **other: Any) -> None:
    """A drift of `returns` alone, with more or other keys."""
    inputs = [
        {"name": "returns", "ks": 0.3, "psi": 0.5, "ks_limit": 0.2, "psi_limit": 0.4},
        {"name": "volume", "ks": 0.1, "psi": 0.1, "ks_limit": 0.2, "psi_limit": 0.4},
    ]
    document = {
        "drifted": True,
        "sentence": "drift since training in the inputs returns",
        "version": version,
        "trained_until": trained_until,
        "where": "journal.sqlite",
        "last": last,
        "inputs": {"inputs": inputs, "p_value": 0.01, "windows": 80, "drifted": True},
        "outcomes": {"rows": 700, "excess": 0.1, "alarm": None},
        "outliers": 0.02,
    }
    write_json(root / FILE, document | other)
