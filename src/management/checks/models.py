"""Check the artifacts: proven bytes, metadata that agrees with them, and a vote that is the weighted mean."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.artifacts.load import load_model, proven_bytes, read_metadata
from src.core.paths import ENSEMBLE, FEATURES, LEGACY_METADATA, PRODUCTION_METADATA, TRAINING_METADATA, member_model
from src.management.checks.artifacts import check_bytes
from src.management.checks.result import CheckResult
from src.ml.base.voter import Voter
from src.ml.ensemble import ProductionEnsemble
from src.ml.vote import weighted_mean

ROWS = 100


def check_models(root: Path) -> CheckResult:
    """Verified load of every model, agreement with the metadata, and the vote recomputed on the last rows."""
    verdict = check_bytes(root)
    if not verdict.passed:
        return verdict
    production, training, _ = (
        read_metadata(root, path) for path in (PRODUCTION_METADATA, TRAINING_METADATA, LEGACY_METADATA)
    )
    versions = production.get("library_versions", {})
    ensemble = load_model(root, ENSEMBLE, ProductionEnsemble, versions)
    members = {name: load_model(root, member_model(name), Voter, versions) for name in ensemble.members}
    verdict.problems += _disagreements(ensemble, production, training)
    verdict.notes = [f"ProductionEnsemble: {', '.join(f'{n} {w}' for n, w in ensemble.weights.items())}"]
    verdict.notes.append(f"members: {len(members)} loaded; status {production.get('status')}")
    proven_bytes(root, FEATURES)
    rows = pd.read_parquet(root / FEATURES)[list(ensemble.feature_names)].tail(ROWS).to_numpy()
    votes = weighted_mean({name: member.predict_proba(rows) for name, member in members.items()}, ensemble.weights)
    if np.array_equal(votes, ensemble.predict_proba(rows)):
        verdict.notes.append(
            f"features: {len(ensemble.feature_names)}; the vote on the last {len(rows)} rows is the weighted mean"
        )
    else:
        verdict.problems.append("the ensemble's vote is not the weighted mean of the members; run `make repro`.")
    return verdict


def _disagreements(ensemble: ProductionEnsemble, production: dict[str, Any], training: dict[str, Any]) -> list[str]:
    expected = {
        "model_type": type(ensemble).__name__,
        "feature_names": list(ensemble.feature_names),
        "individual_models": list(ensemble.members),
        "model_weights": ensemble.weights,
    }
    wrong = [key for key, value in expected.items() if production.get(key) != value]
    if list(training.get("individual_models", {})) != list(ensemble.members):
        wrong.append("individual_models of the training metadata")
    return [f"{PRODUCTION_METADATA} disagrees with the ensemble on {key}; run `make repro`." for key in wrong]
