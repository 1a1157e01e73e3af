"""What may be released, and what is said about every reason against it."""

import dataclasses
import json
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.paths import ENSEMBLE, PRODUCTION_METADATA
from src.management.versions_table import versions_table
from src.metadata.gates import Trading
from src.repository.git import outputs_at, read_at, resolve
from src.rollout.release import failures, release, trading
from src.rollout.released import all_versions, released
from src.rollout.version import Version
from tests.conftest import run
from tests.releases import damage_cached_ensemble, git, release_command, replace, repro_and_commit

ONE, TWO = Version(1, 0, 0), Version(1, 1, 0)


pytestmark = pytest.mark.slow


def test_release_once_then_again_then_the_same_bytes_then_fetch(pushed, tmp_path) -> None:
    assert release(pushed, ONE).startswith("released v1.0.0 from ")
    assert git(pushed, "cat-file", "-t", ONE.tag) == "tag"
    assert release(pushed, ONE) == "v1.0.0 is this commit already; nothing was changed."
    with pytest.raises(UserError, match=r"v1\.1\.0 was not released: these bytes .* released already, as v1\.0\.0"):
        release(pushed, TWO)
    (pushed / "note.txt").write_text("no change of the model\n")
    git(pushed, "add", "note.txt")
    git(pushed, "commit", "-qm", "Note")
    with pytest.raises(UserError, match=r"v1\.0\.0 was released before, from [0-9a-f]{12}; choose a new version"):
        release(pushed, ONE)
    assert all_versions(pushed) == [ONE]
    found = released(pushed, ONE)
    assert (found.md5, failures(pushed, found)) == (outputs_at(pushed, "HEAD")[ENSEMBLE].md5, [])
    row = versions_table(pushed)
    assert [next(iter(column.cells)) for column in row.columns][::8] == ["v1.0.0", "-"]
    assert next(iter(row.columns[6].cells)).startswith("ready (")
    # The README's lines, from another directory; `config.local` is no part of a clone.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    config = ("--remote-config", f"url={tmp_path / 'remote'}")
    for name, command in {
        "a.pkl": ("get", str(pushed), str(ENSEMBLE), "--rev", ONE.tag),
        "b.pkl": ("artifacts", "get", str(pushed), "production-ensemble", "--rev", str(ONE)),
    }.items():
        result = run(elsewhere, str(Path(git_python()).parent / "dvc"), *command, "-o", name, *config)
        assert result.returncode == 0, result.stderr
        assert outputs_at(pushed, "HEAD")[ENSEMBLE].fault((elsewhere / name).read_bytes()) is None


def git_python() -> str:
    import sys

    return sys.executable


def test_a_dirty_tree_is_not_released(repository) -> None:
    (repository / "new.txt").write_text("x")
    with pytest.raises(UserError, match=r"a release needs a clean tree: new.txt is not committed"):
        release(repository, ONE)


def test_objects_that_are_not_in_the_remote(repository) -> None:
    with pytest.raises(UserError, match=r"not released: remote: data/.* is missing and \d+ more; run `make push`"):
        release(repository, ONE)
    assert git(repository, "tag") == ""


def test_failing_gates_metadata_of_other_files_and_stale_results(pushed) -> None:
    replace(pushed / "params.yaml", "roc_auc_above: 0.0", "roc_auc_above: 0.99")
    git(pushed, "commit", "-qam", "Gates without a run")
    with pytest.raises(UserError, match=r"not released: out of date: metadata: gates modified; run `make repro`"):
        release(pushed, ONE)
    repro_and_commit(pushed, "Gates that fail")
    with pytest.raises(UserError, match=r"not released: a gate fails: ROC AUC less one standard error is"):
        release(pushed, ONE)
    document = json.loads((pushed / PRODUCTION_METADATA).read_text())
    document["performance_metrics"]["ensemble_f1"] = 0.997
    # By hand, and the hash in dvc.lock with it: only the files themselves tell.
    rewrite(pushed, PRODUCTION_METADATA, json.dumps(document))
    git(pushed, "commit", "-qam", "A better number")
    with pytest.raises(UserError, match=r"production_model_metadata.json disagrees .* on performance_metrics"):
        release(pushed, ONE)


def test_a_status_or_an_ensemble_that_is_not_the_metadata_s_is_told(pushed) -> None:
    git(pushed, "tag", ONE.tag)
    good = released(pushed, ONE)
    assert failures(pushed, good) == []
    for status in ("gates_failed", "leak_suspected", None):
        unready = dataclasses.replace(good, metadata=good.metadata | {"status": status})
        assert failures(pushed, unready) == [f"its metadata says status {status}"]
    (sentence,) = failures(pushed, dataclasses.replace(good, md5="b" * 32))
    assert sentence == f"its metadata is that of ensemble md5 {good.md5}, its dvc.lock names {'b' * 32}"
    (sentence,) = failures(pushed, dataclasses.replace(good, metadata=good.metadata | {"individual_models": ["x"]}))
    assert sentence.startswith("its figures cannot be judged: reports/metrics/x.json is not in revision")


def test_trading_is_what_the_metadata_and_today_s_gate_both_allow(pushed) -> None:
    git(pushed, "tag", ONE.tag)
    good = released(pushed, ONE)
    assert trading(pushed, good).ready

    def otherwise(recorded: object) -> Trading:
        return trading(pushed, dataclasses.replace(good, metadata=good.metadata | {"trading": recorded}))

    assert otherwise(None) == Trading(False, None, "its metadata says nothing of trading")
    assert otherwise({"ready": False, "net_return": 0.5}).reason == "its metadata says it is not ready for trading"
    replace(pushed / "params.yaml", "net_return_above: -1.0", "net_return_above: 9.0")
    # The figures of the commit are judged, whatever the metadata says they are.
    forged = otherwise({"ready": True, "net_return": 99.0})
    assert (forged.ready, forged.net_return) == (False, good.metadata["trading"]["net_return"])
    assert forged.reason.endswith("% after costs, not > 900.0 %")
    nameless = dataclasses.replace(good, metadata=good.metadata | {"individual_models": 5, "made_from": []})
    assert trading(pushed, nameless).reason == "its figures cannot be judged: its metadata names no members"
    assert any("names no members" in sentence for sentence in failures(pushed, nameless))


@pytest.mark.parametrize("text", ["[]", "5", "null"])
def test_metadata_that_is_no_object_is_told(pushed, text: str) -> None:
    (pushed / PRODUCTION_METADATA).write_text(text)
    git(pushed, "commit", "-qam", "No object")
    git(pushed, "tag", ONE.tag)
    with pytest.raises(UserError, match="of v1.0.0 is no JSON object; release another commit"):
        released(pushed, ONE)
    assert "is no JSON object" in next(iter(versions_table(pushed).columns[2].cells))


def test_a_suspected_leak_is_not_released_and_marked_in_the_table(pushed) -> None:
    replace(pushed / "params.yaml", "direction_auc_below: 0.65", "direction_auc_below: 0.01")
    repro_and_commit(pushed, "An alarm that rings")
    assert json.loads((pushed / PRODUCTION_METADATA).read_text())["status"] == "leak_suspected"
    with pytest.raises(UserError, match=r"not released: a leak is suspected: lightgbm tells rises from falls with AUC"):
        release(pushed, ONE)
    git(pushed, "tag", ONE.tag)
    cells = [next(iter(column.cells)) for column in versions_table(pushed).columns]
    assert cells[0] == "v1.0.0 (leak suspected)"
    assert cells[6].startswith("not ready")


def rewrite(root: Path, path: Path, text: str) -> None:
    import hashlib

    old = outputs_at(root, "HEAD")[path]
    (root / path).write_text(text)
    md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    replace(root / "dvc.lock", f"md5: {old.md5}\n      size: {old.size}", f"md5: {md5}\n      size: {len(text)}")


def test_a_version_names_its_commit_everywhere(pushed) -> None:
    git(pushed, "tag", ONE.tag, "HEAD~1")
    assert resolve(pushed, "v1.0.0") == git(pushed, "rev-parse", "HEAD~1")
    assert read_at(pushed, "v1.0.0", PRODUCTION_METADATA) != b""
    assert outputs_at(pushed, "v1.0.0") == outputs_at(pushed, "HEAD~1") != outputs_at(pushed, "HEAD")


def test_a_branch_behind_its_upstream_is_not_released(pushed, tmp_path) -> None:
    git(pushed, "clone", "-q", "--bare", str(pushed), str(tmp_path / "server.git"))
    git(pushed, "remote", "add", "origin", str(tmp_path / "server.git"))
    git(pushed, "fetch", "-q")
    git(pushed, "branch", "-q", "--set-upstream-to", "origin/main")
    git(pushed, "reset", "-q", "--hard", "HEAD~1")
    with pytest.raises(UserError, match=r"origin/main is ahead of this branch by 1; run `git pull --no-rebase`"):
        release(pushed, ONE)
    assert git(pushed, "tag") == ""


def test_an_altered_workspace_file_is_not_released(pushed) -> None:
    (pushed / ENSEMBLE).write_bytes(b"x")
    with pytest.raises(UserError, match=r"production_ensemble.pkl"):
        release(pushed, ONE)


def test_a_damaged_cache_is_not_released(pushed) -> None:
    # `dvc status` takes a read-only cache object to be whole.
    damage_cached_ensemble(pushed)
    with pytest.raises(UserError, match=r"not released: cache: .*ensemble.pkl .* was altered.*; run `make repair`"):
        release(pushed, ONE)


def test_a_key_too_many_in_the_metadata_is_not_released(pushed) -> None:
    document = json.loads((pushed / PRODUCTION_METADATA).read_text())
    rewrite(pushed, PRODUCTION_METADATA, json.dumps(document | {"approved": True}))
    git(pushed, "commit", "-qam", "A key by hand")
    with pytest.raises(UserError, match=r"production_model_metadata.json disagrees .* on approved; run `make repro`"):
        release(pushed, ONE)


def test_a_tag_by_hand_on_other_commits_is_told(pushed) -> None:
    git(pushed, "tag", TWO.tag, git(pushed, "rev-list", "--max-parents=0", "HEAD"))
    with pytest.raises(UserError, match=r"there is no|is not in revision|has no ensemble"):
        released(pushed, TWO)
    assert "unreadable" in str(list(versions_table(pushed).columns[2].cells))


def test_the_command_says_one_sentence(tree) -> None:
    for arguments, sentence in {
        ("release", "1.0"): "error: '1.0' is not a version; write it as v1.2.0.",
        ("integrity", "--rev", "nowhere"): "error: there is no revision 'nowhere' here; `git log --all` and",
        ("prove", "--variant", "fast"): "error: there is no variant 'fast'; there are plain, no-avx512,",
    }.items():
        result = release_command(tree, *arguments)
        assert result.returncode == 1
        assert result.stderr.startswith(sentence), result.stderr
        assert len(result.stderr.splitlines()) == 1
