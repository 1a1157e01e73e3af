"""Verified loading: no byte of a model is unpickled before it is proven to be the one git names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from src.artifacts.allowed import is_allowed
from src.artifacts.libraries import library_versions
from src.artifacts.lock import Output, locked_outputs
from src.artifacts.rebuild import rebuild
from src.artifacts.records import ForgedPickle, read_records
from src.core.errors import UserError
from src.core.files import read_regular
from src.core.names import FEATURE_SETS
from src.core.paths import ENSEMBLE, PRODUCTION_METADATA
from src.ml.base.voter import Voter
from src.ml.ensemble import ProductionEnsemble

LONGEST_REASON = 200  # characters

M = TypeVar("M", bound=Voter | ProductionEnsemble)
REMEDY = "run `python scripts/management/dev_check.py ml-models` to restore it"


class ArtifactError(UserError):
    """A model file that must not be used."""


def load_production(root: Path) -> ProductionEnsemble:
    """The ensemble below ``root``, proven and made with the library releases that are installed here.

    Raises:
        ArtifactError: as ``load_model``, for the ensemble or its metadata.
    """
    metadata = _document(PRODUCTION_METADATA, proven_bytes(root, PRODUCTION_METADATA))
    made_with = metadata.get("library_versions", {})
    return load_model(root, ENSEMBLE, ProductionEnsemble, made_with)


def load_model(root: Path, path: Path, expected: type[M], versions: Mapping[str, str] | None = None) -> M:
    """The model in ``root/path``.

    Its bytes are compared with dvc.lock first, and only those bytes are read; what they hold is checked before a
    library is handed it, and the model must answer two rows.

    Args:
        root: the repository.
        path: relative to ``root``.
        expected: the class it must have.
        versions: library versions it was made with (from its metadata); None inside the pipeline that makes it.

    Raises:
        ArtifactError: missing, altered, truncated, not a pickle, forged, of another class, with other features, or
            made by other library versions.
    """
    content = proven_bytes(root, path)
    if versions is not None:
        _check_versions(path, versions)
    return read_model(path, content, expected)


def read_model(path: Path, content: bytes, expected: type[M]) -> M:
    """The model in the pickle ``content``, which the caller has proven; ``path`` names it in errors.

    Raises:
        ArtifactError: not a pickle, forged, of another class, or with other features.
    """
    model = _unpickled(path, content)
    if not isinstance(model, expected):
        raise ArtifactError(f"{path} holds a {type(model).__name__}, not a {expected.__name__}; {REMEDY}.")
    names = getattr(model, "feature_names", None)
    if type(names) is not tuple or names not in FEATURE_SETS.values():
        raise ArtifactError(f"{path} was made for other features than this code computes; {REMEDY}.")
    _try_out(path, model)
    return model


def proven_bytes(root: Path, path: Path, outputs: Mapping[Path, Output] | None = None) -> bytes:
    """The bytes of ``root/path``, an output or a file in one, if dvc.lock names them.

    Args:
        root: the repository.
        path: relative to ``root``.
        outputs: ``locked_outputs(root)``, where the caller proves many files.

    Raises:
        ArtifactError: missing, truncated, altered, or not an output of the pipeline.
    """
    known = outputs or locked_outputs(root)
    output = next((known[place] for place in (path, *path.parents) if place in known), None)
    if output is None:
        raise ArtifactError(f"{path} is not in dvc.lock, so it cannot be proven; run `make repro`.")
    try:
        content = output.read(root)
        wanted = content if output.path == path else read_regular(root / path)
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing; {REMEDY} (or `dvc pull` from your bucket).") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); correct that, or {REMEDY}.") from None
    fault = output.fault(content)
    if fault:
        raise ArtifactError(f"{output.path} {fault}; {REMEDY}.")
    return wanted


def _unpickled(path: Path, content: bytes) -> Any:
    try:
        return rebuild(read_records(content, is_allowed))
    except ForgedPickle as error:
        raise ArtifactError(f"{path} {error}; restore dvc.lock with git and {REMEDY}.") from None
    # A damaged pickle can raise anything.
    except Exception as error:
        raise ArtifactError(
            f"{path} is not a readable pickle ({_reason(error)}) though dvc.lock names it; {REMEDY}."
        ) from None


def _try_out(path: Path, model: Voter | ProductionEnsemble) -> None:
    """Two rows that part at most thresholds: the libraries read their model files only when they are asked."""
    rows = np.outer([-1.0, 1.0], np.ones(len(model.feature_names)))
    try:
        model.verify()
        answer = model.predict_proba(rows)
    # A library may raise anything about a file that is not its own.
    except Exception as error:
        raise ArtifactError(f"{path} holds no model that can be used: {_reason(error)}; {REMEDY}.") from None
    if answer.shape != (2, 2) or not ((answer >= 0) & (answer <= 1)).all():
        raise ArtifactError(f"{path} answers what is no probability; {REMEDY}.")


def _reason(error: Exception) -> str:
    """One line of what a library said."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_REASON]


def _check_versions(path: Path, versions: Mapping[str, str]) -> None:
    installed = library_versions()
    other = [
        f"{name} {versions.get(name, 'unknown')} (installed: {found})"
        for name, found in installed.items()
        if versions.get(name) != found
    ]
    if other:
        raise ArtifactError(
            f"{path} was made with {', '.join(other)}; run `make setup` to install the locked releases."
        )


def read_metadata(root: Path, path: Path) -> dict[str, Any]:
    """The metadata document ``root/path``.

    Raises:
        ArtifactError: missing, not JSON, or not an object.
    """
    try:
        return _document(path, read_regular(root / path))
    except FileNotFoundError:
        raise ArtifactError(f"{path} is missing; {REMEDY}.") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); {REMEDY}.") from None


def _document(path: Path, text: bytes) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ArtifactError(f"{path} is not readable JSON ({error}); {REMEDY}.") from None
    if not isinstance(content, dict):
        raise ArtifactError(f"{path} is not a JSON object; {REMEDY}.")
    return content
