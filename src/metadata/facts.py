"""Gather what the metadata documents are written from."""

import json
from pathlib import Path
from typing import Any

from src.artifacts.libraries import library_versions
from src.core.files import md5_of, md5_of_bytes
from src.core.names import FEATURE_SETS
from src.core.params import read_params, read_section
from src.core.paths import (
    CANDLE_REPORT,
    CANDLES,
    COMPARISON,
    CONDITIONS,
    ENSEMBLE,
    ENSEMBLE_GRAPH,
    FEATURE_REPORT,
    FEATURES,
    SIGNAL_GRAPH,
    member_receipt,
    metrics,
)
from src.evaluation.metrics import DIGITS
from src.evaluation.params import EvaluationParams
from src.features.params import FeatureParams
from src.metadata.documents import Facts
from src.metadata.figures import figures_here
from src.metadata.gates import Gates, verdict_on
from src.metadata.graphs import graph_facts
from src.ml.params import read_ensemble
from src.ml.vote import normalised_weights

# The rooms whose code the stages load; what is around the pipeline changes no artifact.
PIPELINE = (
    "artifacts",
    "baselines",
    "candles",
    "core",
    "evaluation",
    "features",
    "graph",
    "metadata",
    "ml",
    "stages",
    "validation",
)


def gather(root: Path) -> Facts:
    """The facts of the artifacts that lie below ``root`` now."""
    params = read_ensemble(root)
    data = _json(root / CANDLE_REPORT)
    figures = figures_here(root, params.weights)
    return Facts(
        created_at=data["last_close"],
        feature_names=FEATURE_SETS[read_section(root, "features", FeatureParams).set],
        data=data,
        rows=_json(root / FEATURE_REPORT)["rows"],
        weights=normalised_weights(params.weights, list(params.weights)),
        threshold=params.threshold,
        metrics=figures.models,
        volatility=figures.volatility,
        beyond_volatility=_json(root / COMPARISON)["ensemble_minus"]["volatility"],
        conditions=_json(root / CONDITIONS),
        verdict=verdict_on(read_section(root, "gates", Gates), figures),
        made_from={
            "data": {"candles": md5_of(root / CANDLES), "features": md5_of(root / FEATURES)},
            "params": md5_of_bytes(json.dumps(read_params(root), sort_keys=True).encode()),
            "code": code_md5(root),
            "members": {name: _json(root / member_receipt(name))["md5"] for name in params.weights},
            "ensemble": md5_of(root / ENSEMBLE),
        },
        graphs=[graph_facts(root / path) for path in (ENSEMBLE_GRAPH, SIGNAL_GRAPH)],
        library_versions=library_versions(),
        sizing=_sizing(root),
    )


def _sizing(root: Path) -> dict[str, float] | None:
    """`evaluation.sizing` and the costs it was judged with, and what the forecast of volatility is multiplied by."""
    path = root / metrics("volatility")
    if not path.is_file():
        return None
    params = read_section(root, "evaluation", EvaluationParams)
    return params.sizing.model_dump() | {"cost": round(params.cost, DIGITS), "scale": _json(path)["scale"]}


def code_md5(root: Path) -> str:
    """One md5 over the path and md5 of every module that the pipeline can load."""
    modules = sorted(path.relative_to(root) for room in PIPELINE for path in (root / "src" / room).rglob("*.py"))
    lines = [f"{path.as_posix()} {md5_of(root / path)}" for path in modules]
    return md5_of_bytes("\n".join(lines).encode())


def _json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
