"""The modules of src that dvc.yaml lists for a stage."""

from pathlib import Path
from typing import Any

from src.core.yaml_files import read_yaml


def modules(root: Path, stage: str, member: str = "") -> set[str]:
    """What ``stage`` of ``root/dvc.yaml`` lists, folders expanded, `__init__.py` aside; ``member`` for `${key}`."""
    found: set[str] = set()
    for dep in stage_body(root, stage)["deps"]:
        path = root / dep.replace("${key}", member)
        if dep.startswith("src/"):
            files = path.rglob("*.py") if path.is_dir() else [path]
            found |= {file.relative_to(root).as_posix() for file in files}
    return {name for name in found if not name.endswith("__init__.py")}


def stage_body(root: Path, stage: str) -> dict[str, Any]:
    """The definition of ``stage`` in ``root/dvc.yaml``, that of one member where it is one per member."""
    entry: dict[str, Any] = read_yaml(root / "dvc.yaml")["stages"][stage]
    return entry.get("do", entry)
