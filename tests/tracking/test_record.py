"""What git says of a version in MLflow's words, without MLflow."""

import json
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.files import md5_of
from src.core.paths import ENSEMBLE, ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from src.rollout.released import Released, released
from src.rollout.version import Version
from src.tracking.record import Point, read_record
from src.tracking.server import server_address
from tests.releases import git
from tests.small import small_repository

NOON = 1_577_880_000_000
FILES = {
    "params.yaml": b"ensemble:\n  weights: {lightgbm: 0.4}\ningest: {files: [], days: null, path: a.csv}\n",
    "reports/metrics/ensemble.json": b'{"walk_forward": {"roc_auc": 0.65, "n": 3, "ok": true, "|r|": 1}, "why": "so"}',
    "reports/plots/skill_by_fold.csv": b"model,fold,until,log_loss_skill\nensemble,1,2020-01-02,0.5\n",
    "reports/plots/equity.csv": b"strategy,day,value\nensemble,2020-01-02,1.5\n"
    b"ensemble,2020-01-03,2\nhold,2020-01-03,3\n",
    str(ENSEMBLE): b"pickle",
    str(ENSEMBLE_GRAPH): b"graph",
    str(SIGNAL_GRAPH): b"signal",
    str(PRODUCTION_METADATA): json.dumps({"status": "ready", "made_from": {"data": {"candles": "b5"}}}).encode(),
}


def version_of(root: Path, files: dict[str, bytes], outputs: tuple[Path, ...], monkeypatch) -> Released:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-01-01T12:00:00Z")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "tester")
    small_repository(root, files, outputs)
    git(root, "tag", "production-ensemble@v1.0.0")
    return released(root, Version.parse("v1.0.0"))


def test_a_record_is_what_the_commit_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    found = version_of(root, FILES, (ENSEMBLE, ENSEMBLE_GRAPH, SIGNAL_GRAPH), monkeypatch)
    # What lies in the tree now is not the version.
    (root / "reports/metrics/ensemble.json").write_text("{}")
    record = read_record(root, found)
    day = 1_577_923_200_000
    assert record.points == [
        Point("ensemble/walk_forward/roc_auc", 0.65, 0, NOON),
        Point("ensemble/walk_forward/n", 3.0, 0, NOON),
        Point("ensemble/walk_forward/_r_", 1.0, 0, NOON),
        Point("skill_by_fold/ensemble", 0.5, 1, day),
        Point("equity/ensemble", 1.5, 1, day),
        Point("equity/ensemble", 2.0, 2, day + 86_400_000),
        Point("equity/hold", 3.0, 1, day + 86_400_000),
    ]
    assert record.params == {
        "ensemble.weights.lightgbm": "0.4", "ingest.files": "[]", "ingest.days": "null", "ingest.path": "a.csv"
    }  # fmt: skip
    assert record.tags == {
        "status": "ready",
        "made_from.data.candles": "b5",
        "made_from.production_ensemble.onnx": md5_of(root / ENSEMBLE_GRAPH),
        "made_from.production_signal.onnx": md5_of(root / SIGNAL_GRAPH),
        "version": "v1.0.0",
        "git_tag": "production-ensemble@v1.0.0",
        "git_commit": git(root, "rev-parse", "HEAD"),
        "mlflow.source.git.commit": git(root, "rev-parse", "HEAD"),
    }
    assert str(ENSEMBLE) not in map(str, record.files), "a pickle is never copied"
    assert record.time == NOON
    assert [output.path for output in record.graphs] == [ENSEMBLE_GRAPH, SIGNAL_GRAPH]


@pytest.mark.parametrize(
    ("changes", "outputs", "fault"),
    [
        ({}, (ENSEMBLE,), "dvc.lock of v1.0.0 names no production_ensemble.onnx"),
        ({"reports/metrics/ensemble.json": b"{"}, None, "the reports of v1.0.0 are not what the pipeline writes"),
        ({"reports/plots/equity.csv": b"strategy\nhold\n"}, None, "the reports of v1.0.0 are not what"),
        ({"params.yaml": b"- 1\n- ]"}, None, "params.yaml"),
    ],
)
def test_what_is_no_version_is_refused(changes, outputs, fault, tmp_path: Path, monkeypatch) -> None:
    named = outputs or (ENSEMBLE, ENSEMBLE_GRAPH, SIGNAL_GRAPH)
    found = version_of(tmp_path / "root", FILES | changes, named, monkeypatch)
    with pytest.raises(UserError, match=fault):
        read_record(tmp_path / "root", found)


def test_the_server_is_named_by_the_command_or_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(UserError, match="no MLflow server is named"):
        server_address(None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://a:1/")
    assert (server_address(None), server_address("https://b")) == ("http://a:1", "https://b")
    with pytest.raises(UserError, match=r"'sqlite://…@x' is no address of a server"):
        server_address("sqlite://me:secret@x")
