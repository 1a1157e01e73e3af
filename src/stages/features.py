"""Stage `features`: candles become the feature table."""

import pandas as pd

from src.candles.timeframe import read_timeframe
from src.core.files import read_parquet, write_json
from src.core.names import CANDLE_COLUMNS
from src.core.params import read_section
from src.core.paths import CANDLES, FEATURE_REPORT, FEATURES, ROOT
from src.core.stage import run_stage
from src.features.build import build_feature_table
from src.features.params import FeatureParams, TargetParams


def main() -> None:
    """Compute and write."""
    features = read_section(ROOT, "features", FeatureParams)
    target = read_section(ROOT, "target", TargetParams)
    candles = read_parquet(ROOT / CANDLES, CANDLE_COLUMNS)
    step = pd.Timedelta(read_timeframe(ROOT))
    table, report = build_feature_table(candles, step, features.bars, target.horizon, target.threshold, features.set)
    table.write(ROOT / FEATURES)
    write_json(ROOT / FEATURE_REPORT, report)
    print(f"features: {report['rows']} rows, {report['positive_share']:.1%} with target 1")


if __name__ == "__main__":
    run_stage(main)
