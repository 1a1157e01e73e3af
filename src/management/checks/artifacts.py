"""Check that every artifact has the bytes dvc.lock names; nothing is unpickled, nothing heavy is imported."""

from pathlib import Path

from src.artifacts.load import proven_bytes
from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.paths import ENSEMBLE, LEGACY_METADATA, PRODUCTION_METADATA, TRAINING_METADATA, member_model
from src.management.checks.result import CheckResult
from src.ml.params import read_ensemble


def artifact_paths(root: Path) -> list[Path]:
    """Every file below models/ that the pipeline makes."""
    members = read_ensemble(root).weights
    return [*map(member_model, members), TRAINING_METADATA, ENSEMBLE, PRODUCTION_METADATA, LEGACY_METADATA]


def check_bytes(root: Path) -> CheckResult:
    """One note per proven artifact, one problem per missing or altered one."""
    verdict = CheckResult()
    outputs = locked_outputs(root)
    for path in artifact_paths(root):
        try:
            size = len(proven_bytes(root, path, outputs))
            verdict.notes.append(f"{path}: {size} bytes, as dvc.lock says")
        except UserError as error:
            verdict.problems.append(str(error))
    return verdict
