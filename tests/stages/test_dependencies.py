"""DVC follows no imports: what dvc.yaml lists for a stage is what the stage loads, no less and no more."""

import sys
from pathlib import Path

import pytest

from src.params import read_yaml
from tests.conftest import ROOT, run

MEMBERS = ["lightgbm", "xgboost", "random_forest"]
# Every interpreter of the stage, its workers too, writes what it loaded.
RECORDER = """
import atexit, os, pathlib, sys
def write():
    root = os.getcwd()
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    names = [os.path.relpath(name, root) for name in files if name and name.startswith(os.path.join(root, "src"))]
    (pathlib.Path(os.environ["IMPORTS"]) / str(os.getpid())).write_text("\\n".join(names))
atexit.register(write)
"""


def listed(stage: str, member: str = "") -> set[str]:
    """The modules dvc.yaml lists, folders expanded."""
    deps = read_yaml(ROOT / "dvc.yaml")["stages"][stage]["deps"]
    modules: set[str] = set()
    for dep in (dep.replace("${item.member}", member) for dep in deps):
        path = ROOT / dep
        if dep.startswith("src/"):
            found = path.rglob("*.py") if path.is_dir() else [path]
            modules |= {str(file.relative_to(ROOT)) for file in found}
    return modules


def loaded(root: Path, where: Path, *arguments: str) -> set[str]:
    """The modules a stage loads when it runs in ``root``."""
    (where / "recorder").mkdir()
    (where / "recorder/sitecustomize.py").write_text(RECORDER)
    (where / "imports").mkdir()
    result = run(
        root, sys.executable, "-m", *arguments, PYTHONPATH=str(where / "recorder"), IMPORTS=str(where / "imports")
    )
    assert result.returncode == 0, result.stderr
    return {line for file in (where / "imports").iterdir() for line in file.read_text().split("\n") if line}


@pytest.mark.parametrize("stage", ["ingest", "features", "ensemble"])
def test_a_stage_lists_what_it_loads(stage: str, tree: Path, tmp_path: Path) -> None:
    assert loaded(tree, tmp_path, f"src.stages.{stage}") == listed(stage)


def test_train_each_lists_what_any_member_loads(tree: Path, tmp_path: Path) -> None:
    every = set()
    for member in MEMBERS:
        (tmp_path / member).mkdir()
        modules = loaded(tree, tmp_path / member, "src.stages.train_each", member)
        assert modules <= listed("train_each", member)
        every |= {name.replace(f"members/{member}.py", "members/*.py") for name in modules}
    assert every == {name.replace("members/lightgbm.py", "members/*.py") for name in listed("train_each", "lightgbm")}


def test_metadata_lists_all_code_whose_md5_it_records(tree: Path, tmp_path: Path) -> None:
    modules = loaded(tree, tmp_path, "src.stages.metadata")
    whole = {str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.py") if "management" not in path.parts}
    assert modules <= listed("metadata") == whole


def test_every_stage_depends_on_the_dependency_lock() -> None:
    for name, stage in read_yaml(ROOT / "dvc.yaml")["stages"].items():
        assert "requirements.lock" in stage["deps"], name
        assert stage["desc"].endswith(".")
