"""DVC follows no imports: what dvc.yaml lists for a stage is what the stage loads, no less and no more."""

import sys
from pathlib import Path

import pytest

from src.core.yaml_files import read_yaml
from tests.conftest import ROOT, run

MEMBERS = ["lightgbm", "xgboost", "random_forest"]


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


@pytest.fixture
def loaded(short_pipeline: Path, imports: Path):
    """The modules that the run of a stage loaded, its worker processes' included."""

    def read(command: str) -> set[str]:
        files = list(imports.glob(f"*{command}-*"))
        assert files, command
        return {line for file in files for line in file.read_text().split("\n") if line}

    return read


@pytest.mark.parametrize("stage", ["ingest", "features", "ensemble"])
def test_a_stage_lists_what_it_loads(stage: str, loaded) -> None:
    assert loaded(f"src.stages.{stage}") == listed(stage)


def test_train_each_lists_what_any_member_loads(loaded) -> None:
    every = set()
    for member in MEMBERS:
        modules = loaded(f"src.stages.train_each-{member}")
        assert modules <= listed("train_each", member)
        every |= {name.replace(f"members/{member}.py", "members/*.py") for name in modules}
    assert every == {name.replace("members/lightgbm.py", "members/*.py") for name in listed("train_each", "lightgbm")}


def test_metadata_lists_all_code_whose_md5_it_records(loaded) -> None:
    whole = {str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.py") if "management" not in path.parts}
    assert loaded("src.stages.metadata") <= listed("metadata") == whole


def test_every_stage_depends_on_the_dependency_lock() -> None:
    for name, stage in read_yaml(ROOT / "dvc.yaml")["stages"].items():
        assert "requirements.lock" in stage["deps"], name
        assert stage["desc"].endswith(".")


def test_a_python_without_the_packages_gets_one_sentence() -> None:
    # -S: without site-packages, as a python outside the environment.
    result = run(ROOT, sys.executable, "-S", "-m", "src.stages.ingest")
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "has not this project's packages; run `. .venv/bin/activate`" in result.stderr
    assert result.stderr.count("\n") == 1
