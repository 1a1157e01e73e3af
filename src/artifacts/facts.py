"""Gather what the metadata documents are written from."""

import hashlib
import json
from pathlib import Path
from typing import Any

from src.artifacts.files import md5_of
from src.artifacts.metadata import Facts
from src.artifacts.versions import library_versions
from src.ml.ensemble import normalised_weights
from src.ml.gates import Gates, failed_gates
from src.ml.params import read_ensemble
from src.params import read_section, read_yaml
from src.paths import CANDLE_REPORT, CANDLES, ENSEMBLE, FEATURE_REPORT, FEATURES, member_model, metrics

# The commands around the pipeline change no artifact.
NOT_PIPELINE = "management"


def gather(root: Path) -> Facts:
    """The facts of the artifacts that lie below ``root`` now."""
    params = read_ensemble(root)
    data = _json(root / CANDLE_REPORT)
    documents = {name: _json(root / metrics(name)) for name in [*params.weights, "ensemble"]}
    return Facts(
        created_at=data["last_close"],
        data=data,
        rows=_json(root / FEATURE_REPORT)["rows"],
        weights=normalised_weights(params.weights, list(params.weights)),
        threshold=params.threshold,
        metrics=documents,
        failed_gates=failed_gates(read_section(root, "gates", Gates), documents["ensemble"]["walk_forward"]),
        made_from={
            "data": {"candles": md5_of(root / CANDLES), "features": md5_of(root / FEATURES)},
            "params": _md5(json.dumps(read_yaml(root / "params.yaml"), sort_keys=True)),
            "code": code_md5(root),
            "members": {name: md5_of(root / member_model(name)) for name in params.weights},
            "ensemble": md5_of(root / ENSEMBLE),
        },
        library_versions=library_versions(),
    )


def code_md5(root: Path) -> str:
    """One md5 over the path and md5 of every module below src that the pipeline can load."""
    modules = sorted(path.relative_to(root) for path in (root / "src").rglob("*.py"))
    lines = [f"{path.as_posix()} {md5_of(root / path)}" for path in modules if path.parts[1] != NOT_PIPELINE]
    return _md5("\n".join(lines))


def _json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
