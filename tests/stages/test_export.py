"""The stage `export` on the shortened pipeline: both graphs, proven bytes, one sentence when it cannot."""

import json
import shutil
import sys
from pathlib import Path

import onnx
import pandas as pd

from src.artifacts.load import load_model, proven_bytes
from src.core.files import md5_of
from src.core.names import FEATURE_NAMES, OHLCV
from src.core.paths import CANDLES, ENSEMBLE, ENSEMBLE_GRAPH, FEATURES, PRODUCTION_METADATA, SIGNAL_GRAPH
from src.features.table import FeatureTable
from src.ml.ensemble import ProductionEnsemble
from tests.conftest import run
from tests.graph.parity import ensemble_parity, session


def test_the_graph_of_features_answers_as_the_pickle(short_pipeline: Path) -> None:
    ensemble = load_model(short_pipeline, ENSEMBLE, ProductionEnsemble)
    features = FeatureTable.read(short_pipeline / FEATURES).features
    parity = ensemble_parity(ensemble, proven_bytes(short_pipeline, ENSEMBLE_GRAPH), features)
    assert parity.rows == len(features) > 1000
    assert (parity.exceptions, parity.flips) == (0, 0)


def test_the_graph_of_candles_gives_the_newest_row(short_pipeline: Path) -> None:
    candles = pd.read_parquet(short_pipeline / CANDLES)
    table = FeatureTable.read(short_pipeline / FEATURES)
    ensemble = load_model(short_pipeline, ENSEMBLE, ProductionEnsemble)
    last = candles.index[candles["timestamp"] == table.timestamp.iloc[-1]][0]
    window = candles.loc[last - 399 : last, list(OHLCV)].to_numpy()[None]
    running = session(proven_bytes(short_pipeline, SIGNAL_GRAPH))
    probability, features = running.run(["probability", "features"], {"candles": window})
    # The whole history's features: an average never quite forgets.
    assert (abs(features - table.features[-1]) <= 1e-6 * table.features.std(axis=0)).all()
    assert abs(probability[0] - ensemble.predict_proba(table.features[-1:])[0, 1]) < 1e-3


def test_both_say_what_they_were_made_from(short_pipeline: Path) -> None:
    document = json.loads((short_pipeline / PRODUCTION_METADATA).read_text(encoding="utf-8"))
    ranges = FeatureTable.read(short_pipeline / FEATURES).rows[list(FEATURE_NAMES)].agg(["min", "max"])
    assert [facts["file"] for facts in document["graphs"]] == [ENSEMBLE_GRAPH.name, SIGNAL_GRAPH.name]
    for path, facts in zip((ENSEMBLE_GRAPH, SIGNAL_GRAPH), document["graphs"], strict=True):
        assert facts["md5"] == md5_of(short_pipeline / path)
        assert facts["opset"] == {"ai.onnx": 17, "ai.onnx.ml": 3}
        props = {prop.key: prop.value for prop in onnx.load(short_pipeline / path).metadata_props}
        assert props["pickle_md5"] == document["made_from"]["ensemble"]
        assert props["trained_until"] == document["created_at"]
        assert json.loads(props["weights"]) == document["model_weights"]
        assert json.loads(props["feature_ranges"])["atr_14"] == ranges["atr_14"].tolist()


def test_a_member_without_an_exporter_is_one_sentence(short_pipeline: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(short_pipeline, root, symlinks=True)
    adapter = root / "src/ml/base/forest.py"
    text = adapter.read_text(encoding="utf-8")
    adapter.write_text(text.replace("def tree_table", "def another_table"), encoding="utf-8")
    result = run(root, sys.executable, "-m", "src.stages.export")
    assert result.returncode == 1
    assert result.stderr.startswith("error: the member random_forest cannot be exported: ")
    assert result.stderr.count("\n") == 1
