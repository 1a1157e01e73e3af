"""The pipeline end to end, on a shortened period of the bundled candles."""

import json
import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.core.names import FEATURE_NAMES
from src.core.stage import run_stage
from src.stages import ingest
from tests.conftest import ROOT, run

MODELS = ["lightgbm", "xgboost", "random_forest", "ensemble"]


def dvc(root: Path, *arguments: str, **extra: str):
    return run(root, sys.executable, "-m", "dvc", *arguments, **extra)


def document(root: Path, path: str) -> dict:
    return json.loads((root / path).read_text(encoding="utf-8"))


def test_a_second_run_does_nothing(short_pipeline: Path) -> None:
    assert "Data and pipelines are up to date." in dvc(short_pipeline, "repro").stdout


@pytest.mark.drill
@pytest.mark.parametrize(
    "environment",
    [
        {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"},
        {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    ],
)
def test_every_run_gives_the_same_bytes(tree: Path, environment: dict[str, str]) -> None:
    result = dvc(tree, "repro", "--force", **environment)
    assert result.returncode == 0, result.stderr
    assert run(tree, "git", "status", "--porcelain").stdout == ""


def test_eight_stages_and_no_more_than_twelve_nodes(short_pipeline: Path) -> None:
    stages = [line.split()[0] for line in dvc(short_pipeline, "stage", "list").stdout.splitlines()]
    names = "ingest features train_each baselines ensemble export evaluate metadata"
    assert {stage.split("@")[0] for stage in stages} == set(names.split())
    assert len(stages) <= 12


def test_metrics_keep_their_contract(short_pipeline: Path) -> None:
    keys = "log_loss log_loss_skill log_loss_skill_se roc_auc roc_auc_se brier f1 f1_weighted n folds"
    documents = [document(short_pipeline, f"reports/metrics/{name}.json") for name in MODELS]
    documents += document(short_pipeline, "reports/metrics/baselines.json").values()
    for metrics in documents:
        assert set(keys.split()) <= set(metrics["walk_forward"])
        assert "f1_weighted" in metrics["train"]
        assert metrics["walk_forward"]["folds"] == 6


def test_metadata_says_what_the_models_were_made_from(short_pipeline: Path) -> None:
    production = document(short_pipeline, "models/production/production_model_metadata.json")
    training = document(short_pipeline, "models/training/training_metadata.json")
    ensemble = document(short_pipeline, "reports/metrics/ensemble.json")
    assert production["created_at"] == training["created_at"] == "2019-10-17T10:00:00+00:00"
    assert production["feature_names"] == list(FEATURE_NAMES)
    assert production["model_weights"] == {"lightgbm": 0.4, "xgboost": 0.4, "random_forest": 0.2}
    performance = production["performance_metrics"]
    assert performance["ensemble_f1"] == ensemble["walk_forward"]["f1_weighted"]
    assert performance["train"]["ensemble_f1"] == ensemble["train"]["f1_weighted"]
    lock = (short_pipeline / "dvc.lock").read_text()
    for md5 in [*production["made_from"]["members"].values(), *production["made_from"]["data"].values()]:
        assert md5 in lock
    assert not {"phase", "phase12_completion"} & (set(production) | set(training))
    passed = ensemble["walk_forward"]["log_loss_skill"] > ensemble["walk_forward"]["log_loss_skill_se"]
    assert (production["status"] == "production_ready") == passed


def test_the_pickles_load_plainly_and_agree(short_pipeline: Path, monkeypatch) -> None:
    monkeypatch.chdir(short_pipeline)
    models = {}
    for path in sorted(Path("models").rglob("*.pkl")):
        models[path.name] = pickle.loads(path.read_bytes())
    rows = pd.read_parquet("data/features/features.parquet")[list(FEATURE_NAMES)].to_numpy()
    ensemble = models.pop("production_ensemble.pkl")
    vote = sum(w * models[f"{name}_model.pkl"].predict_proba(rows) for name, w in ensemble.weights.items())
    np.testing.assert_allclose(ensemble.predict_proba(rows), vote, rtol=1e-12)


def test_out_of_fold_rows_follow_their_training_rows(short_pipeline: Path) -> None:
    table = pd.read_parquet(short_pipeline / "data/out_of_fold/lightgbm.parquet")
    features = pd.read_parquet(short_pipeline / "data/features/features.parquet")
    assert (table["timestamp"].to_numpy() == features["timestamp"].iloc[table["row"]].to_numpy()).all()
    assert table["row"].is_monotonic_increasing


def test_broken_inputs_are_one_sentence_each(tree: Path, monkeypatch, capsys) -> None:
    """Change params.yaml or the candle file, run the stage, read the sentence; the old candles stay."""
    monkeypatch.setattr(ingest, "ROOT", tree)
    params = (tree / "params.yaml").read_text(encoding="utf-8")
    candles = (tree / "data/raw/candles.parquet").read_bytes()
    header = "timestamp,open,high,low,close,volume\n"
    good = "2020-01-01T00:00:00Z,1,2,1,1,1\n"
    files = {
        "gap.csv": header + good + "2020-01-01T00:30:00Z,1,2,1,1,1\n",
        "price.csv": header + good + "2020-01-01T01:00:00Z,1,2,1,5,1\n",
        "text.csv": header + "2020-01-01T00:00:00Z,1,2,1,none,1\n",
        "naive.csv": header + "2020-01-01T00:00:00,1,2,1,1,1\n",
        "columns.csv": "time,o,h,l,c,v\n",
        "empty.csv": header,
    }
    for name, text in files.items():
        (tree / name).write_text(text)
    csv = lambda name: params.replace("source: snapshot", "source: csv").replace(  # noqa: E731
        "path: data/snapshots/coinbase_btcusd_1h.csv.gz", f"path: {name}"
    )
    cases = {
        csv("gap.csv"): "is not on the grid",
        csv("price.csv"): "close is outside [low, high] in 1 of 2 rows (price.csv line 3",
        csv("text.csv"): "close is not a number in 1 rows (first: line 2, 'none')",
        csv("naive.csv"): "names no time zone",
        csv("columns.csv"): "has no column timestamp, open, high, low, close, volume",
        csv("empty.csv"): "holds no candle",
        csv("absent.csv"): "absent.csv",
        params.replace("days: 60", "days: -1"): "`ingest.days`: Input should be greater than 0 (found -1)",
        params.replace("timeframe: 1h", "timeframe: hourly"): "`ingest.timeframe`: must be a timeframe such as",
        params.replace("source: snapshot", "source: yahoo"): "`ingest.source`: Input should be",
        params.replace(
            "  timeframe: 1h", "  timeframe: 1h\n  colour: red"
        ): "`ingest.colour`: is not a key of this section",
        params.replace("  source: snapshot", "  source snapshot"): "is not valid YAML",
    }
    for text, sentence in cases.items():
        assert text != params, sentence
        (tree / "params.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit, match="1"):
            run_stage(ingest.main)
        error = capsys.readouterr().err.strip()
        assert sentence in error
        assert len(error.splitlines()) == 1
        assert (tree / "data/raw/candles.parquet").read_bytes() == candles


@pytest.mark.parametrize(
    ("old", "new", "stage", "sentence"),
    [
        ("folds: 6", "folds: 900", ["train_each", "lightgbm"], "fold 1 holds targets of one class only"),
        ("embargo: 0", "embargo: 1000", ["train_each", "lightgbm"], "train on 0 rows, which is too few"),
        ("folds: 6", "folds: 2000", ["train_each", "lightgbm"], "less than or equal to 1000 (found 2000)"),
        ("folds: 6", "folds: 6.0", ["train_each", "lightgbm"], "`validation.folds`: Input should be a valid integer"),
        ("threshold: 0.003", "threshold: 0.9", ["features"], None),
        ("learning_rate", "learning_rat", ["train_each", "lightgbm"], "did you mean learning_rate?"),
        (
            "random_forest: 0.2",
            "random_forest: -1.0",
            ["ensemble"],
            "`ensemble.weights.random_forest`: Input should be greater than or equal to 0",
        ),
        ("warmup: 400", "warmup: 4000", ["features"], "fewer than the 4000 of the warm-up"),
    ],
)
def test_bad_params_stop_the_stage_that_reads_them(tree: Path, old, new, stage, sentence) -> None:
    text = (tree / "params.yaml").read_text(encoding="utf-8")
    assert old in text
    (tree / "params.yaml").write_text(text.replace(old, new), encoding="utf-8")
    result = run(tree, sys.executable, "-m", f"src.stages.{stage[0]}", *stage[1:])
    if sentence is None:
        # A threshold nothing reaches is legal here; training on one class is refused.
        assert result.returncode == 0
        result = run(tree, sys.executable, "-m", "src.stages.train_each", "xgboost")
        sentence = "targets of one class only"
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_other_candles_run_through_the_pipeline(tree: Path, tmp_path: Path) -> None:
    """`ingest.source: csv` with a file from elsewhere, by its absolute path."""
    candles = pd.read_parquet(tree / "data/raw/candles.parquet")
    elsewhere = tmp_path / "other.csv.gz"
    candles.assign(timestamp=candles["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_csv(elsewhere, index=False)
    text = (tree / "params.yaml").read_text(encoding="utf-8").replace("source: snapshot", "source: csv")
    text = text.replace("path: data/snapshots/coinbase_btcusd_1h.csv.gz", f"path: {elsewhere}")
    (tree / "params.yaml").write_text(text, encoding="utf-8")
    result = dvc(tree, "repro")
    assert result.returncode == 0, result.stderr
    assert document(tree, "reports/data/candles.json")["file"] == "other.csv.gz"
    assert document(tree, "models/training/training_metadata.json")["data"]["candles"] == len(candles)


def test_the_repository_s_own_lock_names_every_output() -> None:
    from src.artifacts.lock import locked_outputs

    names = {str(path) for path in locked_outputs(ROOT)}
    assert {"models/production/production_ensemble.pkl", "data/raw/candles.parquet"} <= names
