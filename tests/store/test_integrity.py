"""Every copy, damaged in every way: found before it is unpickled, named, and repaired."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from src.artifacts.load import ArtifactError, load_model
from src.artifacts.lock import Output, locked_outputs
from src.artifacts.pickles import model_bytes
from src.core.errors import UserError
from src.core.paths import ENSEMBLE, FEATURES, PRODUCTION_METADATA
from src.ml.ensemble import ProductionEnsemble
from src.repository.git import outputs_at
from src.store.integrity import EVERYWHERE, HERE, chosen, examine
from src.store.repair import REPLACED, repair
from tests.conftest import ROOT
from tests.releases import git

pytestmark = pytest.mark.slow

TRACE = "a planted pickle ran"


class Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self.trace}'",)


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def deleted(path: Path) -> None:
    path.unlink()


def planted(path: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(path.with_name(TRACE))))


DAMAGES = [altered, truncated, deleted, planted]
FAULTS = {altered: "was altered", truncated: "is truncated", deleted: "is missing", planted: "is truncated"}


def copy_in(place: str, root: Path, output: Output) -> Path:
    if place == "workspace":
        return root / output.path
    store = root.parent / "remote" if place == "remote" else root / ".dvc/cache"
    return store / "files/md5" / output.md5[:2] / output.md5[2:]


def damage_copy(damage: Callable[[Path], None], path: Path, mode: int) -> None:
    path.chmod(0o644)
    damage(path)
    if path.exists():
        path.chmod(mode)


@pytest.mark.parametrize(
    ("place", "mode"), [("remote", 0o644), ("cache", 0o444), ("cache", 0o644), ("workspace", 0o644)]
)
def test_a_bad_copy_is_found_named_and_repaired(pushed, place, mode) -> None:
    for damage in DAMAGES:
        damage_and_repair(pushed, place, mode, damage)
    assert not list(pushed.parent.rglob(TRACE))


def damage_and_repair(pushed: Path, place: str, mode: int, damage: Callable[[Path], None]) -> None:
    output = locked_outputs(pushed)[ENSEMBLE]
    path = copy_in(place, pushed, output)
    damage_copy(damage, path, mode)
    findings = examine(pushed).findings
    assert [str(finding) for finding in findings] == [
        f"{place}: {ENSEMBLE} (md5 {output.md5}) {findings[0].fault}"  # one finding, of this place
    ]
    assert findings[0].fault.startswith(FAULTS[damage])
    if place == "workspace":
        with pytest.raises(ArtifactError, match=FAULTS[damage]):
            load_model(pushed, ENSEMBLE, ProductionEnsemble)
    (done,) = repair(pushed)
    assert done.startswith(f"{place}: {ENSEMBLE} {findings[0].fault}: repaired from the ")
    assert examine(pushed).findings == []
    assert isinstance(load_model(pushed, ENSEMBLE, ProductionEnsemble), ProductionEnsemble)


@pytest.mark.parametrize("damage", DAMAGES[:3])
def test_a_damaged_dvc_lock_is_taken_from_git(pushed, damage) -> None:
    lock = pushed / "dvc.lock"
    if damage is altered:
        md5 = locked_outputs(pushed)[ENSEMBLE].md5
        lock.write_text(lock.read_text().replace(md5, md5[::-1]))
        sentence = "was altered: md5 .*, dvc.lock says"
    elif damage is truncated:
        lock.write_text(lock.read_text()[: lock.read_text().index("production_ensemble.pkl")])
        sentence = "is not in dvc.lock|is damaged|not valid YAML"
    else:
        lock.unlink()
        sentence = "dvc.lock is missing"
    with pytest.raises(UserError, match=sentence):
        load_model(pushed, ENSEMBLE, ProductionEnsemble)
    replaced = lock.read_bytes() if lock.exists() else None
    (done,) = repair(pushed)
    assert "took the committed one" in done
    if replaced is not None:
        assert (pushed / REPLACED).read_bytes() == replaced
    assert git(pushed, "status", "--porcelain") == ""
    assert examine(pushed).findings == []


def plant_consistently(root: Path, content: bytes) -> None:
    """Put ``content`` in the workspace and its hash into every place of dvc.lock that named the old bytes."""
    import hashlib

    old = locked_outputs(root)[ENSEMBLE]
    (root / ENSEMBLE).write_bytes(content)
    text = (root / "dvc.lock").read_text()
    new = hashlib.md5(content, usedforsecurity=False).hexdigest()
    text = text.replace(f"md5: {old.md5}\n      size: {old.size}", f"md5: {new}\n      size: {len(content)}")
    assert new in text
    (root / "dvc.lock").write_text(text)


def test_a_planted_pickle_in_a_consistent_lock_never_runs(pushed) -> None:
    trace = pushed.parent / TRACE
    plant_consistently(pushed, pickle.dumps(Bomb(trace)))
    with pytest.raises(ArtifactError, match=r"names (posix|nt)\.system, .* nothing was run"):
        load_model(pushed, ENSEMBLE, ProductionEnsemble)
    examination = examine(pushed, where=HERE)
    assert [finding.place for finding in examination.findings] == ["cache"]
    assert examination.notes[-1].startswith("dvc.lock is not the committed one")
    assert not trace.exists()


@pytest.mark.drill
def test_a_repair_never_stores_what_only_an_uncommitted_lock_names(pushed) -> None:
    trace = pushed.parent / TRACE
    bomb = pickle.dumps(Bomb(trace))
    plant_consistently(pushed, bomb)
    with pytest.raises(UserError, match="again gave other bytes than dvc.lock names"):
        repair(pushed, where=HERE)
    cached = [path for path in (pushed / ".dvc/cache/files").rglob("*") if path.is_file()]
    assert bomb not in [path.read_bytes() for path in cached]
    assert not trace.exists()


def test_without_a_bucket_the_remote_is_left_out_and_said_so(pushed, monkeypatch) -> None:
    assert chosen(pushed, None) == EVERYWHERE
    (pushed / ".dvc/config.local").unlink()
    assert chosen(pushed, None) == HERE
    assert examine(pushed, where=chosen(pushed, None)).notes == ["remote: not examined"]
    assert chosen(pushed, ["remote"]) == ["remote"]
    with pytest.raises(UserError, match="no bucket is set up"):
        examine(pushed, where=["remote"])


def test_allowed_classes_in_a_consistent_lock_load_but_git_says_so(pushed) -> None:
    """What the load cannot know: `prove` (another test) and git tell that this is not the committed model."""
    model = load_model(pushed, ENSEMBLE, ProductionEnsemble)
    model.threshold = 0.01
    plant_consistently(pushed, model_bytes(model))
    assert load_model(pushed, ENSEMBLE, ProductionEnsemble).threshold == 0.01
    assert "dvc.lock is not the committed one" in examine(pushed, where=HERE).notes[-1]
    assert git(pushed, "status", "--porcelain") == "M dvc.lock"


def test_what_no_place_has_is_made_again_with_the_same_bytes(pushed) -> None:
    output = locked_outputs(pushed)[FEATURES]
    for place in ("remote", "cache", "workspace"):
        damage_copy(altered, copy_in(place, pushed, output), 0o644)
    assert len(examine(pushed).findings) == 3
    done = repair(pushed)
    assert f"made again by the pipeline: {FEATURES}" in done
    assert any(line.startswith(f"remote: {FEATURES} was altered") for line in done)
    assert examine(pushed).findings == []
    assert git(pushed, "status", "--porcelain") == ""


def test_a_lock_that_its_code_cannot_give_back_is_refused_and_kept(pushed) -> None:
    output = locked_outputs(pushed)[FEATURES]
    lock = pushed / "dvc.lock"
    lock.write_text(lock.read_text().replace(output.md5, "f" * 32))
    git(pushed, "commit", "-qam", "A lock of other bytes")
    before = lock.read_bytes()
    with pytest.raises(UserError, match="again gave other bytes than dvc.lock names .*`make prove` shows which"):
        repair(pushed, where=HERE)
    assert lock.read_bytes() == before


def test_a_file_in_git_comes_back_from_git(pushed) -> None:
    document = json.loads((pushed / PRODUCTION_METADATA).read_text())
    (pushed / PRODUCTION_METADATA).write_text(json.dumps(document | {"status": "production_ready, surely"}))
    (finding,) = examine(pushed).findings
    assert (finding.place, finding.output.path) == ("workspace", PRODUCTION_METADATA)
    assert repair(pushed)[0].endswith("repaired from git")
    assert git(pushed, "status", "--porcelain") == ""


def test_an_older_revision_is_examined_and_repaired_in_cache_and_remote(pushed) -> None:
    output = outputs_at(pushed, "HEAD~1")[ENSEMBLE]
    damage_copy(altered, copy_in("remote", pushed, output), 0o644)
    assert [finding.place for finding in examine(pushed, "HEAD~1").findings] == ["remote"]
    assert examine(pushed).findings == []
    assert len(repair(pushed, "HEAD~1")) == 1
    assert examine(pushed, "HEAD~1").findings == []
    for place in ("cache", "remote"):
        damage_copy(deleted, copy_in(place, pushed, output), 0o644)
    with pytest.raises(UserError, match=f"no good copy of {ENSEMBLE} of HEAD~1 is left; check that revision out"):
        repair(pushed, "HEAD~1")


def test_nothing_to_do_changes_nothing(pushed) -> None:
    assert repair(pushed) == []
    assert git(pushed, "status", "--porcelain") == ""


def test_only_places_that_there_are_can_be_chosen() -> None:
    assert chosen(ROOT, None) == chosen(ROOT, []) == HERE  # no bucket is set up
    assert chosen(ROOT, ["cache"]) == ["cache"]
    with pytest.raises(UserError, match="'tape' is no place for copies; there are workspace, cache, remote"):
        chosen(ROOT, ["cache", "tape"])


def test_a_folder_in_the_place_of_a_file_is_told(pushed) -> None:
    (pushed / ENSEMBLE).unlink()
    (pushed / ENSEMBLE).mkdir()
    with pytest.raises(UserError, match=f"{ENSEMBLE} is a folder; remove it, then try again"):
        repair(pushed)
    assert [path for path in (pushed / ENSEMBLE).parent.iterdir() if path.suffix == ".tmp"] == []
