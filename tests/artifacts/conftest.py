"""A folder with one proven model: a small ensemble and the dvc.lock that names its bytes."""

import hashlib
from pathlib import Path

import pytest

from src.artifacts.pickles import dump_model
from src.ml.base.member import Member
from src.ml.ensemble import ProductionEnsemble

PATH = Path("models/production/production_ensemble.pkl")


def lock(root: Path) -> None:
    """Write a dvc.lock that names the bytes there are."""
    content = (root / PATH).read_bytes()
    md5 = hashlib.md5(content).hexdigest()
    (root / "dvc.lock").write_text(
        f"schema: '2.0'\nstages:\n  ensemble:\n    cmd: x\n    outs:\n    - path: {PATH}\n"
        f"      hash: md5\n      md5: {md5}\n      size: {len(content)}\n"
    )


@pytest.fixture
def root(tmp_path: Path, members: dict[str, Member]) -> Path:
    """The folder of the model and its dvc.lock."""
    dump_model(tmp_path / PATH, ProductionEnsemble(members, dict.fromkeys(members, 1)))
    lock(tmp_path)
    return tmp_path
