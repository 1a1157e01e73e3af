"""DVC follows no imports: what dvc.yaml lists for a stage is what the stage loads, no less and no more."""

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from src.core.yaml_files import read_yaml
from src.metadata.facts import PIPELINE
from tests.conftest import ROOT, run
from tests.stages.listed import modules, stage_body

STAGES = list(read_yaml(ROOT / "dvc.yaml")["stages"])
MEMBERS = list(read_yaml(ROOT / "params.yaml")["members"])
Loaded = Callable[[str], set[str]]


@pytest.fixture
def loaded(imports: Path) -> Loaded:
    """The modules that the run of a stage loaded, `__init__.py` aside."""

    def read(command: str) -> set[str]:
        files = list(imports.glob(f"src.stages.{command}-[0-9]*"))
        assert len(files) == 1, command
        return {name for name in files[0].read_text().split("\n") if name and not name.endswith("__init__.py")}

    return read


@pytest.mark.parametrize("stage", [name for name in STAGES if name not in ("train_each", "ensemble", "metadata")])
def test_a_stage_lists_what_it_loads(stage: str, loaded: Loaded) -> None:
    assert loaded(stage) == modules(ROOT, stage)


def test_train_each_lists_what_any_member_loads(loaded: Loaded) -> None:
    every, lists = set(), set()
    for member in MEMBERS:
        assert loaded(f"train_each-{member}") <= modules(ROOT, "train_each", member)
        every |= loaded(f"train_each-{member}")
        lists |= modules(ROOT, "train_each", member)
    assert every == lists == lists | {f"src/ml/members/{member}.py" for member in MEMBERS}


def test_ensemble_lists_what_it_loads_the_adapters_through_the_pickles(loaded: Loaded) -> None:
    assert loaded("ensemble") == modules(ROOT, "ensemble") >= {f"src/ml/members/{member}.py" for member in MEMBERS}


def test_metadata_lists_all_code_whose_md5_it_records(loaded: Loaded) -> None:
    hashed = {path.relative_to(ROOT).as_posix() for room in PIPELINE for path in (ROOT / "src" / room).rglob("*.py")}
    assert {dep for dep in stage_body(ROOT, "metadata")["deps"] if dep.startswith("src/")} == {
        f"src/{room}" for room in PIPELINE
    }
    assert loaded("metadata") <= modules(ROOT, "metadata") < hashed


def test_a_room_that_is_not_hashed_is_loaded_by_no_stage(loaded: Loaded) -> None:
    commands = [name for name in STAGES if name != "train_each"] + [f"train_each-{member}" for member in MEMBERS]
    rooms = {name.split("/")[1] for command in commands for name in loaded(command)}
    assert rooms == set(PIPELINE)


def test_an_init_holds_a_docstring_and_nothing_else() -> None:
    """They are loaded wherever a module of their room is, so nothing in them may change an output."""
    for path in (ROOT / "src").rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        # The guard of the stages: it ends a Python without the packages, or does nothing.
        if path != ROOT / "src/stages/__init__.py":
            assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body), path


def test_every_stage_depends_on_the_dependency_lock_and_says_what_it_does() -> None:
    for name in STAGES:
        assert "requirements.lock" in stage_body(ROOT, name)["deps"], name
        assert stage_body(ROOT, name)["desc"].endswith("."), name


def test_a_python_without_the_packages_gets_one_sentence() -> None:
    # -S: without site-packages, as a python outside the environment.
    result = run(ROOT, sys.executable, "-S", "-m", "src.stages.ingest")
    assert result.returncode == 1
    assert result.stderr.startswith("error: the packages of this project are missing in ")
    assert "run `. .venv/bin/activate`" in result.stderr
    assert result.stderr.count("\n") == 1
