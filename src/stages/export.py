"""Stage `export`: the ensemble as ONNX graphs, one from features and one from candles."""

import json

from src.artifacts.load import load_model
from src.core.files import md5_of, write_bytes
from src.core.params import read_section, read_value
from src.core.paths import CANDLE_REPORT, ENSEMBLE, ENSEMBLE_GRAPH, FEATURES, ROOT, SIGNAL_GRAPH
from src.core.stage import run_stage
from src.features.params import FeatureParams, TargetParams
from src.features.table import FeatureTable
from src.graph.model import GraphMetadata, ensemble_graph, signal_graph
from src.ml.ensemble import ProductionEnsemble


def main() -> None:
    """Load the proven ensemble, build both graphs, write."""
    ensemble = load_model(ROOT, ENSEMBLE, ProductionEnsemble)
    target = read_section(ROOT, "target", TargetParams)
    table = FeatureTable.read(ROOT / FEATURES)
    lowest, highest = table.features.min(axis=0).tolist(), table.features.max(axis=0).tolist()
    metadata = GraphMetadata(
        warmup=read_section(ROOT, "features", FeatureParams).bars,
        timeframe=str(read_value(ROOT, "ingest.timeframe")),
        target_horizon=target.horizon,
        target_threshold=target.threshold,
        feature_ranges=dict(zip(ensemble.feature_names, zip(lowest, highest, strict=True), strict=True)),
        trained_until=json.loads((ROOT / CANDLE_REPORT).read_text(encoding="utf-8"))["last_close"],
        pickle_md5=md5_of(ROOT / ENSEMBLE),
    )
    graphs = {
        ENSEMBLE_GRAPH: ensemble_graph(ensemble, metadata),
        SIGNAL_GRAPH: signal_graph(ensemble, metadata),
    }
    for path, content in graphs.items():
        write_bytes(ROOT / path, content)
        print(f"export: {path.name}, {len(content):,} bytes")


if __name__ == "__main__":
    run_stage(main)
