"""Where things lie, found from this file, so that any copy of the tree works from any directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CANDLES = Path("data/raw/candles.parquet")
FEATURES = Path("data/features/features.parquet")
TRAINING = Path("models/training")
PRODUCTION = Path("models/production")
ENSEMBLE = PRODUCTION / "production_ensemble.pkl"
TRAINING_METADATA = TRAINING / "training_metadata.json"
PRODUCTION_METADATA = PRODUCTION / "production_model_metadata.json"
LEGACY_METADATA = PRODUCTION / "model_metadata.json"
METRICS = Path("reports/metrics")
PLOTS = Path("reports/plots")
# Downloads: no out of any stage, so a failed fetch goes on where it stopped.
CANDLE_CACHE = Path(".cache/candles")
CANDLE_REPORT = Path("reports/data/candles.json")
FEATURE_REPORT = Path("reports/data/features.json")
BASELINES = METRICS / "baselines.json"
COMPARISON = METRICS / "comparison.json"
BACKTEST = METRICS / "backtest.json"


def member_model(name: str) -> Path:
    """The pickle of one trained member, relative to the root."""
    return TRAINING / f"{name}_model.pkl"


def out_of_fold(name: str) -> Path:
    """The walk-forward probabilities of one member, relative to the root."""
    return Path("data/out_of_fold") / f"{name}.parquet"


def metrics(name: str) -> Path:
    """The metrics of one member or of the ensemble, relative to the root."""
    return METRICS / f"{name}.json"
