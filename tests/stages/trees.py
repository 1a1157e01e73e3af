"""Change a tree's params.yaml, run its pipeline for real, and see which stages ran."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.conftest import run


def set_param(root: Path, key: str, value: Any) -> None:
    """Write ``value`` at ``key`` (dots descend), which must be there, of ``root/params.yaml``."""
    yaml = YAML()
    content = yaml.load((root / "params.yaml").read_text(encoding="utf-8"))
    *parents, last = key.split(".")
    section = content
    for part in parents:
        section = section[part]
    assert last in section, key
    assert section[last] != value, key
    section[last] = value
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def dvc(root: Path, *arguments: str) -> str:
    """What DVC says; it must succeed."""
    result = run(root, sys.executable, "-m", "dvc", *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def ran(root: Path, *options: str) -> set[str]:
    """Run the pipeline; the names of the stages that ran."""
    return set(re.findall(r"^Running stage '([^']+)'", dvc(root, "repro", *options), flags=re.MULTILINE))


def restore(root: Path) -> None:
    """Take the tree back to its last commit, outputs and all; ignored files that DVC does not know stay."""
    for command in (("git", "checkout", "-q", "--", "."), ("git", "clean", "-qfd")):
        result = run(root, *command)
        assert result.returncode == 0, result.stderr
    dvc(root, "checkout", "--force")


def copied(tree: Path, target: Path) -> Path:
    """A copy of ``tree``."""
    shutil.copytree(tree, target, symlinks=True)
    return target
