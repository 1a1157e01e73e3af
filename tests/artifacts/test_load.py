"""Each way a model file can be wrong has its own sentence, and nothing is unpickled before it is proven."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from src.artifacts.libraries import library_versions
from src.artifacts.load import ArtifactError, load_model, load_production, read_metadata
from src.artifacts.pickles import dump_model, model_bytes
from src.ml.base.member import Member
from src.ml.ensemble import ProductionEnsemble
from tests.artifacts.conftest import PATH, lock


class Bomb:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch '{self.target}'",)


def test_a_proven_model_loads_and_predicts(root) -> None:
    model = load_model(root, PATH, ProductionEnsemble, library_versions())
    assert model.predict(np.ones((3, 12))).shape == (3,)


def test_the_ensemble_in_production_loads_with_the_releases_it_was_made_with(tree: Path) -> None:
    assert load_production(tree).predict(np.ones((3, 12))).shape == (3,)


def test_an_ensemble_made_by_another_scikit_learn_is_refused(tree: Path, monkeypatch) -> None:
    monkeypatch.setattr("src.artifacts.load.library_versions", lambda: library_versions() | {"scikit-learn": "0.24.2"})
    with pytest.raises(ArtifactError, match=r"made with scikit-learn 1\S+ \(installed: 0.24.2\); run `make setup`"):
        load_production(tree)


def test_metadata_edited_by_hand_vouch_for_nothing(tree: Path) -> None:
    path = tree / PATH.with_name("production_model_metadata.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"scikit-learn": "1', '"scikit-learn": "0'))
    with pytest.raises(ArtifactError, match="production_model_metadata.json was altered: md5"):
        load_production(tree)


def test_missing(root) -> None:
    (root / PATH).unlink()
    with pytest.raises(ArtifactError, match=f"{PATH} is missing; run .*dev_check.py ml-models.*dvc pull"):
        load_model(root, PATH, ProductionEnsemble)


def test_truncated(root) -> None:
    size = (root / PATH).stat().st_size
    with (root / PATH).open("r+b") as file:
        file.truncate(size - 1)
    with pytest.raises(ArtifactError, match=f"is truncated: {size - 1} of {size} bytes"):
        load_model(root, PATH, ProductionEnsemble)


def test_one_altered_bit(root) -> None:
    content = bytearray((root / PATH).read_bytes())
    content[len(content) // 2] ^= 1
    (root / PATH).write_bytes(content)
    with pytest.raises(ArtifactError, match="was altered: md5 .*, dvc.lock says"):
        load_model(root, PATH, ProductionEnsemble)


def test_a_planted_pickle_is_not_run(root) -> None:
    trace = root / "trace"
    size = (root / PATH).stat().st_size
    (root / PATH).write_bytes(pickle.dumps(Bomb(trace)).ljust(size, b"."))
    with pytest.raises(ArtifactError, match="was altered"):
        load_model(root, PATH, ProductionEnsemble)
    assert not trace.exists()


def test_a_planted_pickle_is_not_run_even_when_dvc_lock_names_it(root) -> None:
    trace = root / "trace"
    (root / PATH).write_bytes(pickle.dumps(Bomb(trace)))
    lock(root)
    with pytest.raises(
        ArtifactError, match=r"names (posix|nt)\.system, which no model of this project contains; nothing"
    ):
        load_model(root, PATH, ProductionEnsemble)
    assert not trace.exists()
    pickle.loads((root / PATH).read_bytes())
    assert trace.exists()  # the bomb is a real one


def test_not_a_pickle(root) -> None:
    (root / PATH).write_bytes(b"<html>404</html>")
    lock(root)
    with pytest.raises(ArtifactError, match="is not a readable pickle .* though dvc.lock names it"):
        load_model(root, PATH, ProductionEnsemble)


def test_wrong_class(root, members) -> None:
    (root / PATH).write_bytes(model_bytes(members["lightgbm"]))
    lock(root)
    with pytest.raises(ArtifactError, match="holds a LightGBMMember, not a ProductionEnsemble"):
        load_model(root, PATH, ProductionEnsemble)
    assert isinstance(load_model(root, PATH, Member), Member)


def test_wrong_features(root, members) -> None:
    ensemble = ProductionEnsemble(members, dict.fromkeys(members, 1))
    ensemble.feature_names = ensemble.feature_names[:10]
    dump_model(root / PATH, ensemble)
    lock(root)
    with pytest.raises(ArtifactError, match="was made for other features than this code computes"):
        load_model(root, PATH, ProductionEnsemble)


def test_other_library_version(root) -> None:
    versions = library_versions() | {"xgboost": "1.7.0"}
    with pytest.raises(ArtifactError, match=r"was made with xgboost 1\.7\.0 \(installed: .*\); run `make setup`"):
        load_model(root, PATH, ProductionEnsemble, versions)


def test_a_library_version_that_is_not_recorded(root) -> None:
    versions = library_versions()
    del versions["numpy"]
    with pytest.raises(ArtifactError, match=r"was made with numpy unknown \(installed: .*\); run `make setup`"):
        load_model(root, PATH, ProductionEnsemble, versions)


def test_unknown_to_dvc_lock(root) -> None:
    with pytest.raises(ArtifactError, match=r"models/other.pkl is not in dvc.lock"):
        load_model(root, Path("models/other.pkl"), ProductionEnsemble)


@pytest.mark.parametrize("content", ["stages: [1]", "stages: {e: {outs: [{path: x}]}}", ""])
def test_damaged_lock(root, content) -> None:
    (root / "dvc.lock").write_text(content)
    with pytest.raises(Exception, match="dvc.lock is damaged; restore it with `git checkout -- dvc.lock`") as caught:
        load_model(root, PATH, ProductionEnsemble)
    assert type(caught.value).__name__ == "UserError"


def test_missing_lock(root) -> None:
    (root / "dvc.lock").unlink()
    with pytest.raises(Exception, match="dvc.lock is missing, so nothing can be proven"):
        load_model(root, PATH, ProductionEnsemble)


@pytest.mark.parametrize("content", ["{", "[1]", "\xff"])
def test_broken_metadata(root, content) -> None:
    (root / "m.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ArtifactError, match="m.json is not .*JSON"):
        read_metadata(root, Path("m.json"))
