"""What is loaded, and every case in which nothing is."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from src.bundle.folder import open_bundle, open_checkout
from src.bundle.loaded import PROVEN, UNALTERED, Sizing
from src.core.errors import UserError
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from tests.bundle.conftest import TAG
from tests.releases import git

SIGNAL = SIGNAL_GRAPH.name


def test_a_bundle_answers_as_the_ensemble_does(release, bundle, exported) -> None:
    loaded = open_bundle(bundle, git=str(release.server))
    assert (loaded.version, loaded.proof, loaded.proof_reason) == ("v1.0.0", PROVEN, "")
    assert (loaded.trading_ready, loaded.trading_reason) == (False, "net return low")
    assert loaded.metadata["status"] == "production_ready"
    windows = exported.windows[-5:]
    answered = loaded.signal.run(candles=windows)
    again = loaded.ensemble.run(features=answered["features"])
    assert np.allclose(answered["probability"], again["probability"], atol=1e-6, rtol=0)
    assert np.allclose(again["probability"], exported.ensemble.predict_proba(answered["features"])[:, 1], atol=1e-6)


def test_offline_it_says_only_that_it_is_unaltered(release, bundle) -> None:
    loaded = open_bundle(bundle, offline=True)
    assert (loaded.proof, loaded.proof_reason) == (UNALTERED, "nobody was asked")
    loaded = open_bundle(bundle, git=str(release.server.parent / "gone"))
    assert loaded.proof == UNALTERED
    assert "could not be asked ('" in loaded.proof_reason
    assert "does not appear to be a git repository); check address and network." in loaded.proof_reason


def edit(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def forge(bundle: Path, name: str, content: bytes) -> None:
    """Other bytes, and a bundle.json that agrees with them."""
    (bundle / name).write_bytes(content)
    record = json.loads((bundle / "bundle.json").read_text())
    entry = record["metadata"] if name == PRODUCTION_METADATA.name else record["graphs"][name]
    entry |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    if name != PRODUCTION_METADATA.name:
        entry["md5"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    (bundle / "bundle.json").write_text(json.dumps(record))


@pytest.mark.parametrize(
    "sizing", ['{"volatility": 0.4}', '{"volatility": 0, "cap": 1, "band": 0, "cost": 0, "scale": 1}', "[]"]
)
def test_a_sizing_that_the_pipeline_does_not_write_is_refused(bundle, sizing: str) -> None:
    content = (bundle / PRODUCTION_METADATA.name).read_bytes().rstrip()
    forge(bundle, PRODUCTION_METADATA.name, content[:-1] + f', "sizing": {sizing}}}'.encode())
    with pytest.raises(
        UserError, match=r"^`sizing` of .*json is not what the pipeline writes \(.*\); fetch it again\.$"
    ):
        open_bundle(bundle, offline=True)


def test_a_sizing_is_that_of_the_metadata(bundle) -> None:
    assert open_bundle(bundle, offline=True).sizing is None
    content = (bundle / PRODUCTION_METADATA.name).read_bytes().rstrip()
    sizing = '{"volatility": 0.3, "cap": 0.8, "band": 0.2, "cost": 0.001, "scale": 1.6}'
    forge(bundle, PRODUCTION_METADATA.name, content[:-1] + f', "sizing": {sizing}}}'.encode())
    assert open_bundle(bundle, offline=True).sizing == Sizing(0.3, 0.8, 0.2, 0.001, 1.6)


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bundle.json", "bundle.json is missing; run `make fetch`"),
        (SIGNAL, "production_signal.onnx is missing; run `make fetch`"),
        (PRODUCTION_METADATA.name, "production_model_metadata.json is missing; run `make fetch`"),
    ],
)
def test_a_missing_file(release, bundle, name: str, sentence: str, offline: bool) -> None:
    (bundle / name).unlink()
    with pytest.raises(UserError, match=sentence):
        open_bundle(bundle, git=str(release.server), offline=offline)
    os.mkfifo(bundle / name)
    with pytest.raises(UserError, match=f"{name} is not a regular file; remove it, then run `make fetch`"):
        open_bundle(bundle, git=str(release.server), offline=offline)


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("name", [SIGNAL, ENSEMBLE_GRAPH.name, PRODUCTION_METADATA.name])
def test_an_altered_file(release, bundle, name: str, offline: bool) -> None:
    good = (bundle / name).read_bytes()
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-1], good + b"\0", b""):
        (bundle / name).write_bytes(bad)
        with pytest.raises(UserError, match=f"{name} was altered since it was fetched; fetch it again"):
            open_bundle(bundle, git=str(release.server), offline=offline)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v1.0.0"', b'"v1.0.1"'),
        (b'"v1.0.0"', b'"1.0"'),
        (b'"graphs"', b'"pictures"'),
        (b'"production_ensemble.onnx"', b'"../production_ensemble.onnx"'),
        (b'"size": ', b'"size": "x", "more": '),
        (b"{", b"["),
        (b"{", b"\xff{"),
    ],
)
def test_an_altered_record(bundle, old: bytes, new: bytes) -> None:
    edit(bundle / "bundle.json", old, new)
    with pytest.raises(UserError, match=r"is not what `make fetch` writes|'1\.0' is not a version"):
        open_bundle(bundle, offline=True)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (SIGNAL, "production_signal.onnx was altered: md5 .*, dvc.lock says .*; fetch it again"),
        (PRODUCTION_METADATA.name, "production_model_metadata.json is not that of production-ensemble@v1.0.0"),
    ],
)
def test_who_forges_the_record_too_is_found_when_git_is_asked(release, bundle, name: str, sentence: str) -> None:
    content = (bundle / name).read_bytes()
    # A field that protobuf allows and nobody reads; JSON with another line end.
    forge(bundle, name, content + (b"\x32\x00" if name == SIGNAL else b"\n"))
    assert open_bundle(bundle, offline=True).proof == UNALTERED
    with pytest.raises(UserError, match=sentence):
        open_bundle(bundle, git=str(release.server))


def test_a_tag_that_moved_or_is_gone(release, bundle) -> None:
    git(release.server, "commit", "-q", "--allow-empty", "-m", "Same files")
    git(release.server, "tag", "-f", "-a", TAG, "-m", "x")
    with pytest.raises(UserError, match=r"names commit \w{12} now, \w{12} when it was fetched: a release tag must nev"):
        open_bundle(bundle, git=str(release.server))
    git(release.server, "tag", "--delete", TAG)
    # A branch or a longer tag of that name is not the tag.
    git(release.server, "branch", TAG)
    git(release.server, "tag", f"other/refs/tags/{TAG}")
    with pytest.raises(UserError, match=r"has no tag production-ensemble@v1\.0\.0, so nothing proves v1\.0\.0"):
        open_bundle(bundle, git=str(release.server))
    assert open_bundle(bundle, offline=True).proof == UNALTERED


def test_a_hook_s_repository_is_not_believed(release, bundle, monkeypatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(release.server / ".git"))
    git(release.server, "commit", "-q", "--allow-empty", "-m", "x")
    assert open_bundle(bundle, git=str(release.server)).proof == PROVEN
    with pytest.raises(UserError, match="has no tag"):
        open_bundle(bundle, git=str(empty_repository(release.bot)))


def empty_repository(folder: Path) -> Path:
    from tests.conftest import run

    assert run(folder, "env", "-u", "GIT_DIR", "git", "init", "-q", "empty").returncode == 0
    return folder / "empty"


def test_a_checkout_is_proven_by_its_head(release, exported) -> None:
    loaded = open_checkout(release.server)
    assert (loaded.version, loaded.proof) == ("checkout", PROVEN)
    path = release.server / SIGNAL_GRAPH
    path.write_bytes(exported.signal + b"\x32\x00")
    with pytest.raises(UserError, match=r"production_signal\.onnx was altered: md5 .*; run `make pull`"):
        open_checkout(release.server)
    path.unlink()
    with pytest.raises(UserError, match=r"production_signal\.onnx is missing; run `make pull` or `make repro`"):
        open_checkout(release.server)
