"""Adapters, params.yaml and dvc.yaml name the same members."""

from src.core.params import read_params
from src.core.yaml_files import read_yaml
from src.ml.base.registry import member_names
from tests.conftest import ROOT


def test_adapters_params_and_stages_are_equal() -> None:
    params = read_params(ROOT)
    pipeline = read_yaml(ROOT / "dvc.yaml")
    stages = pipeline["stages"]["train_each"]["matrix"]["member"]
    assert sorted(stages) == sorted(params["members"]) == sorted(params["ensemble"]["weights"]) == member_names()


def test_the_ensemble_depends_on_every_member() -> None:
    pipeline = read_yaml(ROOT / "dvc.yaml")
    for stage in ("ensemble", "metadata"):
        deps = pipeline["stages"][stage]["deps"]
        for name in member_names():
            assert f"models/training/{name}_model.pkl" in deps
