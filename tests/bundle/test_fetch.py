"""Fetching: what is proven, and that a failure leaves an older bundle as it was."""

import json
import os
import shutil
import sys
from pathlib import Path

import onnx
import pytest

from src.bundle.fetch import fetch
from src.bundle.folder import open_bundle
from src.bundle.loaded import PROVEN
from src.core.errors import UserError
from src.core.files import md5_of
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, ROOT, SIGNAL_GRAPH
from tests.bundle.conftest import FILES, METADATA, TAG
from tests.conftest import run
from tests.releases import git


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_version_by_name_and_by_step(release) -> None:
    commit = git(release.server, "rev-parse", "HEAD")
    told = f"holds v1.0.0, proven: {release.server} names its md5s at {commit[:12]}"
    assert told in release.fetch(release.bot / "one")
    # The step is read from the branch `rollout` alone.
    (release.server / "models/production/stages.yaml").write_text("[")
    git(release.server, "add", "models")
    git(release.server, "commit", "-qm", "A file of that name here")
    assert told in release.fetch(release.bot / "two", step="paper")
    assert contents(release.bot / "one") == contents(release.bot / "two")
    record = json.loads((release.bot / "one/bundle.json").read_text())
    assert (record["version"], record["tag"], record["commit"]) == ("v1.0.0", TAG, commit)
    assert {name: entry["md5"] for name, entry in record["graphs"].items()} == {
        path.name: md5_of(release.bot / "one" / path.name) for path in FILES
    }
    assert set(contents(release.bot / "one")) == {*record["graphs"], PRODUCTION_METADATA.name, "bundle.json"}


def test_a_local_tag_is_not_believed(release, tmp_path) -> None:
    bot = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(release.server), str(bot))
    git(release.server, "tag", "--delete", TAG)
    assert git(bot, "tag") == TAG
    with pytest.raises(UserError, match=r"has no tag production-ensemble@v1\.0\.0, so nothing proves v1\.0\.0"):
        fetch(bot, tmp_path / "bundle", version="v1.0.0", remote=str(release.objects))


def test_folders_are_those_of_who_types_them(release, monkeypatch) -> None:
    monkeypatch.chdir(release.server.parent)
    assert "holds v1.0.0, proven" in release.fetch(Path("bundle"), git="server", remote="remote")
    git(release.bot, "init", "-q")
    git(release.bot, "remote", "add", "origin", "../server")
    assert "holds v1.0.0, proven" in release.fetch(Path("bundle"), git=None)


def test_a_clone_knows_its_origin_and_its_remote(release, tmp_path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--no-tags", f"file://{release.server}", "clone")
    (tmp_path / "clone/.dvc/config.local").write_text(f"['remote \"gcs\"']\n    url = {release.objects}\n")
    assert "holds v1.0.0, proven" in fetch(tmp_path / "clone", tmp_path / "bundle", version="v1.0.0")
    git(tmp_path / "clone", "remote", "rename", "origin", "believed")
    assert "holds v1.0.0" in fetch(tmp_path / "clone", tmp_path / "bundle", version="v1.0.0", git="believed")
    with pytest.raises(UserError, match="this folder has no git remote `origin`; say which holds the release tags"):
        fetch(tmp_path / "clone", tmp_path / "bundle", version="v1.0.0")


def test_another_version_takes_the_place_of_the_older(release, bundle, released, exported) -> None:
    other = released({PRODUCTION_METADATA: json.dumps(METADATA | {"created_at": "later"}).encode()})
    other.fetch(bundle)
    loaded = open_bundle(bundle, git=str(other.server))
    assert (loaded.proof, loaded.metadata["created_at"]) == (PROVEN, "later")
    with pytest.raises(UserError, match="a release tag must never move"):
        open_bundle(bundle, git=str(release.server))


def altered(release) -> None:
    path = release.object_of(SIGNAL_GRAPH)
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def too_large(release) -> None:
    with release.object_of(ENSEMBLE_GRAPH).open("r+b") as file:
        file.truncate(64_000_001)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (altered, r"production_signal.onnx of v1\.0\.0 in .*remote was altered: md5 .*; push it again"),
        (too_large, r"has more than 64000000 bytes; push production_ensemble\.onnx again"),
        (
            lambda release: release.object_of(ENSEMBLE_GRAPH).unlink(),
            r"is missing; push production_ensemble\.onnx again",
        ),
        (lambda release: shutil.rmtree(release.objects), "remote folder .* does not exist; name another: REMOTE="),
        (lambda release: git(release.server, "tag", "-d", TAG), "has no tag production-ensemble"),
        (lambda release: shutil.rmtree(release.server), "could not be asked"),
    ],
)
def test_a_failed_fetch_leaves_the_older_bundle(release, bundle, damage, sentence: str) -> None:
    before = contents(bundle)
    damage(release)
    with pytest.raises(UserError, match=sentence):
        release.fetch(bundle)
    assert contents(bundle) == before
    with pytest.raises(UserError, match=sentence):
        release.fetch(release.bot / "new")
    assert not (release.bot / "new").exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({PRODUCTION_METADATA: b'{"status": "gates_failed"}'}, "says status 'gates_failed', not 'production_ready'"),
        ({PRODUCTION_METADATA: b"{"}, "production_model_metadata.json is not JSON"),
        ({SIGNAL_GRAPH: b"\x32\x00"}, "production_signal.onnx is no graph that can be run"),
    ],
)
def test_what_is_released_but_cannot_run_is_not_kept(released, changed, sentence: str) -> None:
    release = released(changed)
    with pytest.raises(UserError, match=sentence):
        release.fetch(release.bot / "bundle")
    assert not (release.bot / "bundle").exists()


def test_a_graph_that_runs_but_is_none_of_ours(released, exported) -> None:
    model = onnx.load_from_string(exported.signal)
    next(node for node in model.graph.node if node.op_type == "Abs").op_type = "Exp"
    release = released({SIGNAL_GRAPH: model.SerializeToString()})
    with pytest.raises(UserError, match=r"production_signal\.onnx holds the operator Exp, which no graph of ours does"):
        release.fetch(release.bot / "bundle")
    model = onnx.load_from_string(exported.graph)
    next(prop for prop in model.metadata_props if prop.key == "warmup").value = "401"
    release = released({ENSEMBLE_GRAPH: model.SerializeToString()})
    with pytest.raises(UserError, match=r"v1\.0\.0 holds graphs of two different versions"):
        release.fetch(release.bot / "bundle")


def test_what_was_asked_for_wrongly(release) -> None:
    for given, sentence in (
        ({"version": "1.0.0"}, r"'1\.0\.0' is not a version; write it as v1\.2\.0"),
        ({"version": "v1.0.0", "step": "paper"}, "name either a version or a step"),
        ({"version": None}, "name either a version or a step"),
        ({"step": "canary"}, "'canary' is not a step"),
        ({"step": "live"}, "live runs nothing; promote a version to it"),
        ({"step": "paper", "branch": "other"}, "has no branch 'other', so nothing was promoted; name a version"),
    ):
        with pytest.raises(UserError, match=sentence):
            release.fetch(release.bot / "bundle", **given)


def test_a_place_that_cannot_be_written(release, bundle) -> None:
    (bundle / "bundle.json").unlink()
    (bundle / "bundle.json").mkdir()
    before = (bundle / SIGNAL_GRAPH.name).stat().st_ino
    with pytest.raises(UserError, match=r"bundle\.json is a folder; remove it, then try again"):
        release.fetch(bundle)
    assert (bundle / SIGNAL_GRAPH.name).stat().st_ino == before
    (release.bot / "file").touch()
    with pytest.raises(UserError, match="file cannot be made .*; choose another DIR"):
        release.fetch(release.bot / "file")


def test_killed_between_two_files(bundle, released, exported, monkeypatch) -> None:
    # A field for remarks: other bytes, the same graph.
    other = released({SIGNAL_GRAPH: exported.signal + b"\x32\x00"})
    moved = []

    def replace(source: Path, target: Path) -> None:
        # The one function serves `write_bytes` too, which writes beside the bundle's files.
        if target.parent == bundle:
            if len(moved) == 2:
                raise KeyboardInterrupt
            moved.append(target)
        Path(source).rename(target)

    with monkeypatch.context() as patch:
        patch.setattr("src.bundle.fetch.os.replace", replace)
        with pytest.raises(KeyboardInterrupt):
            other.fetch(bundle)
    assert [path.name for path in moved] == [PRODUCTION_METADATA.name, SIGNAL_GRAPH.name]
    with pytest.raises(UserError, match=r"production_signal\.onnx was altered since it was fetched; fetch it again"):
        open_bundle(bundle, offline=True)
    other.fetch(bundle)
    assert open_bundle(bundle, git=str(other.server)).proof == PROVEN


def live(*arguments: str | Path) -> tuple[int, str]:
    result = run(ROOT, sys.executable, "scripts/live/live.py", *map(str, arguments))
    return result.returncode, (result.stderr if result.returncode else result.stdout).strip()


def test_the_commands(release) -> None:
    folder, asked = release.bot / "bundle", ("--git", release.server)
    code, told = live("fetch", "--version", "v1.0.0", *asked, "--remote", release.objects, "--", folder)
    assert (code, told.partition(":")[0]) == (0, f"{folder} holds v1.0.0, proven")
    assert live("verify-bundle", *asked, "--", folder) == (0, "v1.0.0: proven")
    assert live("verify-bundle", "--offline", folder) == (0, "v1.0.0: unaltered since fetch; nobody was asked")
    os.truncate(folder / SIGNAL_GRAPH.name, 9)
    told = f"error: {folder / SIGNAL_GRAPH.name} was altered since it was fetched; fetch it again."
    assert live("verify-bundle", *asked, folder) == (1, told)
