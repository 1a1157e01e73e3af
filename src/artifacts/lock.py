"""What dvc.lock says about the outputs of the pipeline."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.errors import UserError
from src.params import read_yaml


@dataclass(frozen=True)
class Output:
    """One output of one stage as dvc.lock records it."""

    path: Path
    stage: str
    md5: str
    size: int


def locked_outputs(root: Path) -> dict[Path, Output]:
    """Every file output in ``root/dvc.lock`` by its path relative to ``root``.

    Raises:
        UserError: dvc.lock is missing or damaged.
    """
    path = root / "dvc.lock"
    if not path.is_file():
        raise UserError(f"{path} is missing, so nothing can be proven; restore it with git or run `make repro`.")
    content = read_yaml(path)
    try:
        return {
            Path(out["path"]): Output(Path(out["path"]), stage, out["md5"], out["size"])
            for stage, entry in content["stages"].items()
            for out in entry.get("outs", [])
        }
    except (AttributeError, KeyError, TypeError):
        raise UserError(f"{path} is damaged; restore it with `git checkout -- dvc.lock`.") from None


def locked_dependencies(root: Path) -> dict[str, list[dict[str, Any]]]:
    """The `deps` of each stage as ``root/dvc.lock`` records them."""
    content = read_yaml(root / "dvc.lock")
    return {stage: entry.get("deps", []) for stage, entry in content["stages"].items()}
