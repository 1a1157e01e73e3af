"""Check all of params.yaml before DVC runs: it deletes the outputs of a stage before the stage can refuse a setting."""

import reprlib
import stat
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.candles.params import IngestParams
from src.core.errors import UserError
from src.core.params import PARAMS, Section, read_params, read_section
from src.core.paths import CANDLES
from src.evaluation.params import EvaluationParams
from src.features.params import FeatureParams, TargetParams
from src.metadata.gates import Gates
from src.ml.base.registry import make_member, read_member_settings
from src.ml.params import read_ensemble
from src.validation.params import ValidationParams

SECTIONS: dict[str, type[Section]] = {
    "ingest": IngestParams,
    "features": FeatureParams,
    "target": TargetParams,
    "validation": ValidationParams,
    "evaluation": EvaluationParams,
    "gates": Gates,
}


def check_params(root: Path) -> None:
    """Refuse a params.yaml that DVC or a stage would refuse, or with which DVC would not end.

    Raises:
        UserError: naming the first wrong key.
    """
    names = [*SECTIONS, "members", "ensemble"]
    content = read_params(root)
    for name in content:
        if name not in names:
            raise UserError(f"{root / PARAMS}: `{name}` is not a section; there are {', '.join(names)}.")
    try:
        YAML(typ="safe").load((root / PARAMS).read_text(encoding="utf-8"))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "syntax error"
        raise UserError(f"{root / PARAMS}{line} cannot be read by DVC: {reason}; correct that line.") from None
    for name, model in SECTIONS.items():
        section = read_section(root, name, model)
        if isinstance(section, IngestParams):
            _check_path(root, section.path)
    ensemble = read_ensemble(root)
    for name in ensemble.weights:
        make_member(name, read_member_settings(root, name))


def _check_path(root: Path, written: str) -> None:
    # DVC reads it through to the end, whatever it is, also where `ingest.files` or an exchange is the source.
    path, candles = (root / written).resolve(), (root / CANDLES).resolve()
    where = f"{root / PARAMS}: `ingest.path`: {reprlib.repr(written)}"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise UserError(f"{where} is missing; name a file or folder that is there.") from None
    except OSError as error:
        raise UserError(f"{where} cannot be looked at: {error.strerror or error}; name another.") from None
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise UserError(f"{where} is neither a file nor a folder; name one.")
    if path in {candles, *candles.parents} or candles.parent in path.parents:
        raise UserError(
            f"{where} holds what the pipeline writes ({CANDLES}); keep your candles in a folder of their own."
        )
