"""The workflows: valid, without zizmor findings, pinned by hash, and nothing but make targets that exist and work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT, copy_of_the_tree, run
from tests.releases import git

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TOOLS = Path(sys.executable).parent


def jobs(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))["jobs"]


def steps() -> list[dict]:
    return [step for path in WORKFLOWS for job in jobs(path).values() for step in job["steps"]]


def commands() -> set[str]:
    return {step["run"] for step in steps() if "run" in step}


def test_there_are_workflows() -> None:
    assert {"tests", "review", "main", "release", "deploy", "retrain"} <= {path.stem for path in WORKFLOWS}


def test_github_s_schema() -> None:
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_zizmor_finds_nothing() -> None:
    command = [str(TOOLS / "zizmor"), "--offline", "--no-progress", str(ROOT / ".github")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "No findings to report" in result.stdout + result.stderr


def test_zizmor_and_the_schema_find_what_they_should(tmp_path) -> None:
    broken = tmp_path / ".github/workflows/tests.yml"
    broken.parent.mkdir(parents=True)
    broken.write_text(re.sub("@[0-9a-f]{40}", "@v7", (WORKFLOWS[-1]).read_text()))
    zizmor = [str(TOOLS / "zizmor"), "--offline", "--no-progress", str(broken)]
    assert "unpinned-uses" in subprocess.run(zizmor, capture_output=True, text=True, check=False).stdout
    broken.write_text(broken.read_text().replace("runs-on", "runs-in"))
    schema = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(broken)]
    assert subprocess.run(schema, capture_output=True, check=False).returncode == 1


def test_every_action_is_pinned_by_hash_and_named_in_the_docs() -> None:
    docs = (ROOT / "docs/release.md").read_text(encoding="utf-8")
    uses = {step["uses"] for step in steps() if "uses" in step}
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert action.split("@")[1] in docs, action


def test_nothing_has_more_rights_than_it_needs() -> None:
    for path in WORKFLOWS:
        assert YAML(typ="safe").load(path.read_text(encoding="utf-8"))["permissions"] == {}, path
    rights = {path.stem: [job["permissions"] for job in jobs(path).values()] for path in WORKFLOWS}
    assert rights["tests"] == [{"contents": "read"}]
    assert rights["review"] == [{"contents": "read"}, {"contents": "read", "pull-requests": "write"}]
    assert rights["main"] == [{"contents": "read"}, {"contents": "read", "id-token": "write"}]
    assert rights["release"] == [{"contents": "read", "id-token": "write"}]
    assert rights["deploy"] == [{"contents": "read", "id-token": "write"}]
    assert rights["retrain"] == [{"contents": "read"}, {"contents": "write", "pull-requests": "write"}]


def test_every_step_is_one_make_target_that_exists() -> None:
    for command in commands():
        assert re.fullmatch(r"make [a-z-]+", command), command
        result = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr


@pytest.fixture
def ready(repository: Path) -> Path:
    """``repository`` with a mark that says its environment is made; without one make takes this one from PATH."""
    (repository.parent / "ready").touch()
    return repository


@pytest.mark.slow
@pytest.mark.drill
def test_the_targets_of_the_workflows_do_what_they_say(ready: Path, tmp_path) -> None:
    """Everything around a release, through make; `make prove` is in test_prove, `make comment` below."""

    def make(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return run(ready, "make", "--silent", f"READY={ready.parent / 'ready'}", *arguments, **extra)

    assert "say which folder" in make("remote-local").stderr
    assert "is no address of a bucket" in make("remote-bucket", URL="s3://x/y").stderr
    assert "the remote `gcs` is gs://some-bucket/x here" in make("remote-bucket", URL="gs://some-bucket/x").stdout
    folder = tmp_path / "a remote"
    assert f"the remote `gcs` is {folder} here" in make("remote-local", f"DIR={folder}").stdout
    assert make("push").stdout.endswith("its 19 objects are the ones dvc.lock names\n")
    assert "released v1.0.0 from" in make("release", "VERSION=v1.0.0").stdout
    assert make("verify-release", TAG="production-ensemble@v1.0.0").stdout.endswith("copies read: remote 19; bad: 0\n")
    next(path for path in folder.rglob("*") if path.is_file()).unlink()
    lost = make("verify-release", TAG="production-ensemble@v1.0.0")
    assert lost.returncode != 0 and "is missing" in lost.stdout
    assert "nothing to do" not in make("repair").stdout
    why = """it's "good", lost $500; touch 'x' $(touch y) $(shell touch x) `touch y`"""
    promoted = make("promote", "VERSION=v1.0.0", "STEP=paper", f"WHY={why}")
    assert "paper runs v1.0.0" in promoted.stdout, promoted.stderr
    assert git(ready, "log", "-1", "--format=%b", "rollout").endswith(f"Why: {why}")
    assert not (ready / "x").exists() and not (ready / "y").exists()
    assert re.search(r"v1\.0\.0 .* paper", make("versions").stdout)
    assert "ran nothing before" in make("rollback", "STEP=paper", "WHY=x").stderr
    assert make("review", BASE="HEAD").returncode == 0
    assert (ready / "review.md").read_text().startswith("## Model review: passes")
    assert make("committed").returncode == 0
    (ready / "params.yaml").write_text("x")
    assert "error: these results are not committed; commit them." in make("committed").stderr


@pytest.mark.slow
def test_the_comment_is_posted_by_gh(ready: Path, tmp_path) -> None:
    gh = tmp_path / "bin/gh"
    gh.parent.mkdir()
    gh.write_text(f"#!/bin/sh\necho \"$@\" > '{tmp_path}/called'\n")
    gh.chmod(0o755)
    import os

    path = f"{gh.parent}{os.pathsep}{os.environ['PATH']}"
    assert run(ready, "make", "comment", PATH=path, PR="12").returncode == 0
    called = (tmp_path / "called").read_text()
    assert called == "pr comment --edit-last --create-if-none --body-file review.md -- 12\n"


def test_a_retraining_is_asked_each_night_and_decides_itself() -> None:
    """So a workflow that is not due ends well, with nothing to propose, and one that is refused ends red."""
    workflow = YAML(typ="safe").load((ROOT / ".github/workflows/retrain.yml").read_text(encoding="utf-8"))
    train, propose = workflow["jobs"]["train"], workflow["jobs"]["propose"]
    asked = [step["run"] for step in train["steps"] if "run" in step]
    assert asked == ["make setup", "make retrain", "make readme", "make candidate"]
    (forced,) = [step["env"] for step in train["steps"] if step.get("run") == "make retrain"]
    assert forced == {"FORCE": "${{ inputs.force && '1' || '' }}"}
    assert propose["needs"] == "train"
    dry = run(ROOT, "make", "--dry-run", "retrain", FORCE="").stdout
    assert dry.rstrip().endswith("scripts/ml/retrain.py ${FORCE:+--force}")


PATCH = (
    ("params.yaml", "# the newest candles\n"),
    ("src/core/errors.py", "import os\n"),
    (".github/workflows/x.yml", "x"),
)


def test_a_retraining_is_proposed_with_its_results_alone(tmp_path) -> None:
    """The patch of the job that ran the pipeline changes code and workflows too; none of that is taken."""
    server, clone, bin_ = tmp_path / "server.git", tmp_path / "clone", tmp_path / "bin"
    run(tmp_path, "git", "init", "-q", "--bare", "-b", "main", str(server))
    copy_of_the_tree(clone)
    git(clone, "remote", "set-url", "origin", str(server))
    git(clone, "push", "-q", "origin", "HEAD:main")
    bin_.mkdir()
    (bin_ / "gh").write_text(f'#!/bin/sh\necho "$*" >> \'{tmp_path}/gh\'\n[ "$2" = list ] && echo 0\nexit 0\n')
    (bin_ / "gh").chmod(0o755)
    path = f"{bin_}{os.pathsep}{os.environ['PATH']}"

    def make(target: str) -> subprocess.CompletedProcess[str]:
        return run(clone, "make", target, PATH=path, GH_TOKEN="SECRET")

    # As after a `make retrain` that was not due: no review.
    assert "nothing changed" in make("candidate").stdout
    assert "nothing changed: no pull request\n" in make("propose").stdout
    for name, content in PATCH:
        (clone / name).write_text(content)
    git(clone, "add", "--intent-to-add", ".github/workflows/x.yml")
    assert make("candidate").returncode == 0
    assert "review.md is missing" in make("propose").stderr
    (clone / "review.md").write_text("## Model review: passes")
    assert "commit or undo them" in make("propose").stderr
    git(clone, "reset", "-q", "--hard")
    proposed = make("propose")
    assert proposed.returncode == 0, proposed.stderr
    (branch,) = [line.split()[-1] for line in git(server, "branch").splitlines() if "retrain/" in line]
    assert git(server, "diff", "--name-only", "main", branch) == "params.yaml"
    assert (tmp_path / "gh").read_text().splitlines()[-1].startswith(f"pr create --head {branch} --title ")
    assert "SECRET" not in proposed.stdout + proposed.stderr + (clone / ".git/config").read_text()
