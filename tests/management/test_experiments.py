"""DVC experiments of this repository: run, queued, applied, made a branch, and listed in at most ten columns."""

import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from src.management.experiments import HEADINGS, experiments_table
from src.repository.git import git_succeeds
from tests.conftest import ROOT, dev_check, run
from tests.releases import dvc, git

WITH_DVCLIVE = ROOT / ".venv-dvclive/bin"


def cells(printed: str) -> list[list[str]]:
    """The cells of each row, which two blanks part; a row may go on below."""
    lines = iter(printed.splitlines())
    assert any(line.startswith(" ───") for line in lines)
    return [re.split(r" {2,}", line.strip()) for line in lines if line.strip()]


def lines_of(root: Path) -> list[list[str]]:
    """The cells of each row."""
    result = dev_check(root, "experiments")
    assert result.returncode == 0, result.stderr
    return cells(result.stdout)


def entry(params: dict, auc: float | None = None, **more: object) -> dict:
    scores = {} if auc is None else {"roc_auc": auc, "roc_auc_se": 0.01}
    return {
        "rev": "a" * 40,
        "data": {
            "timestamp": "2020-01-01T10:00:00",
            "params": {"params.yaml": {"data": params}},
            "metrics": {"reports/metrics/ensemble.json": {"data": {"walk_forward": scores}}},
            "deps": {"src/core": {"hash": "1"}, "requirements.lock": {"hash": "1"}},
        },
    } | more


def test_a_row_says_what_was_changed_and_whether_it_ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    params = {"members": {"lightgbm": {"n_estimators": 120, "rising": ["[red]"]}}, "days": None}
    other = {"members": {"lightgbm": {"n_estimators": 50, "rising": ["[blue]"]}}, "days": 3, "new": True}
    queued = entry(other, name="queued")
    queued["data"]["deps"]["src/core"] = {"hash": "2"}
    failed = {"rev": "b" * 40, "name": "bad", "data": None, "error": {"msg": "no such file"}}
    listed = [
        entry(params, rev="workspace") | {"error": None},
        entry(params, 0.654, name="main")
        | {
            "experiments": [
                {"revs": [queued], "executor": {"state": "queued"}, "name": "queued"},
                {"revs": [failed], "executor": {"state": "failed"}, "name": "bad"},
                {"revs": [entry(params, 0.7)], "executor": None, "name": None},
            ]
        },
    ]
    monkeypatch.setattr("src.management.experiments.dvc_json", lambda *_: listed)
    table = experiments_table(tmp_path)
    assert len(table.columns) == len(HEADINGS) <= 10
    console = Console(width=300, file=io.StringIO())
    console.print(table)
    made = "2020-01-01"
    assert cells(console.file.getvalue()) == [
        ["workspace", "-", made, "-", "-", "-", "-", "-"],
        ["main", "-", made, "-", "0.654 ± 0.010", "-", "-", "-"],
        ["queued", "queued", made, "-", "-", "-", "-", "members.lightgbm.n_estimators 50"],
        ["members.lightgbm.rising ['[blue]']"],
        ["days 3"],
        ["new true"],
        ["code"],
        ["bad", "failed", "-", "-", "-", "-", "-", "unreadable: no such file"],
        ["aaaaaaa", "done", made, "-", "0.700 ± 0.010", "-", "-", "-"],
    ]


@pytest.mark.drill
def test_experiments_are_run_queued_applied_and_branched(tree: Path) -> None:
    # DVC copies git's config with ASCII alone.
    git(tree, "config", "--unset-all", "remote.origin.url")
    head, lock = git(tree, "rev-parse", "HEAD"), (tree / "dvc.lock").read_bytes()
    path = f"{WITH_DVCLIVE}{os.pathsep}{os.environ['PATH']}" if WITH_DVCLIVE.exists() else os.environ["PATH"]

    def exp(*arguments: str) -> str:
        command = (sys.executable, "-m", "dvc", "exp", *arguments)
        result = run(tree, "env", f"PATH={path}", *command)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    exp("run", "--name", "fewer", "-S", "members.lightgbm.n_estimators=5")
    changed = set(git(tree, "diff", "--name-only").splitlines())
    assert {"params.yaml", "dvc.lock", "reports/metrics/lightgbm.json"} <= changed
    curves = list((tree / "learning_curves").glob("*/metrics.json"))
    assert [curve.parent.name for curve in curves] == (["lightgbm"] if WITH_DVCLIVE.exists() else [])
    assert git(tree, "status", "--porcelain", "--untracked-files=all").count("??") == 0
    dvc(tree, "checkout")
    git(tree, "checkout", "-q", ".")

    exp("run", "--queue", "--name", "vote", "-S", "ensemble.weights.lightgbm=0.7", "-S", "evaluation.fee=0.0")
    exp("run", "--run-all", "--jobs", "1")
    assert (git(tree, "rev-parse", "HEAD"), (tree / "dvc.lock").read_bytes()) == (head, lock)
    assert git(tree, "status", "--porcelain") == ""

    rows = {row[0]: row for row in lines_of(tree)}
    assert {name: (rows[name][1], rows[name][-1]) for name in ("fewer", "vote")} == {
        "fewer": ("done", "members.lightgbm.n_estimators 5"),
        "vote": ("done", "ensemble.weights.lightgbm 0.7"),
    }
    assert rows["vote"][3] != rows["workspace"][3]

    exp("apply", "vote")
    assert "lightgbm: 0.7" in (tree / "params.yaml").read_text()
    git(tree, "checkout", "-q", ".")
    exp("branch", "fewer", "fewer-trees")
    lightgbm = json.loads(git(tree, "show", "fewer-trees:reports/metrics/lightgbm.json"))
    assert lightgbm != json.loads((tree / "reports/metrics/lightgbm.json").read_text())
    assert not git_succeeds(tree, "cat-file", "-e", "fewer-trees:learning_curves")
