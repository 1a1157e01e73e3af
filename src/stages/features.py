"""Stage `features`: candles become the training table of 12 features and the target."""

import pandas as pd

from src.artifacts.files import write_json, write_parquet
from src.candles.params import IngestParams
from src.features.params import FeatureParams, TargetParams
from src.features.table import build_feature_table
from src.params import read_section
from src.paths import CANDLES, FEATURE_REPORT, FEATURES, ROOT
from src.stages.run import run_stage


def main() -> None:
    """Compute and write."""
    ingest = read_section(ROOT, "ingest", IngestParams)
    features = read_section(ROOT, "features", FeatureParams)
    target = read_section(ROOT, "target", TargetParams)
    candles = pd.read_parquet(ROOT / CANDLES)
    table = build_feature_table(candles, ingest.step, features.warmup, target.horizon, target.threshold)
    write_parquet(ROOT / FEATURES, table.rows)
    write_json(ROOT / FEATURE_REPORT, table.report)
    print(f"features: {table.report['rows']} rows, dropped {table.report['dropped']}")


if __name__ == "__main__":
    run_stage(main)
