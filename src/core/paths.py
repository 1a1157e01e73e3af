"""Where things lie, found from this file, so that any copy of the tree works from any directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CANDLES = Path("data/raw/candles.parquet")
FEATURES = Path("data/features/features.parquet")
TRAINING = Path("models/training")
PRODUCTION = Path("models/production")
ENSEMBLE = PRODUCTION / "production_ensemble.pkl"
ENSEMBLE_GRAPH = PRODUCTION / "production_ensemble.onnx"
SIGNAL_GRAPH = PRODUCTION / "production_signal.onnx"
TRAINING_METADATA = TRAINING / "training_metadata.json"
PRODUCTION_METADATA = PRODUCTION / "production_model_metadata.json"
LEGACY_METADATA = PRODUCTION / "model_metadata.json"
METRICS = Path("reports/metrics")
PLOTS = Path("reports/plots")
# Downloads: no out of any stage, so a failed fetch goes on where it stopped.
CANDLE_CACHE = Path(".cache/candles")
CANDLE_REPORT = Path("reports/data/candles.json")
FEATURE_REPORT = Path("reports/data/features.json")
# One file per member in each.
OUT_OF_FOLD_FOLDER = Path("data/out_of_fold")
IN_SAMPLE_FOLDER = Path("data/in_sample")
RECEIPTS = Path("data/members")
BASELINES_OUT_OF_FOLD = Path("data/baselines/out_of_fold.parquet")
BASELINES_IN_SAMPLE = Path("data/baselines/in_sample.parquet")
BASELINES = METRICS / "baselines.json"
COMPARISON = METRICS / "comparison.json"
BACKTEST = METRICS / "backtest.json"
CONDITIONS = METRICS / "conditions.json"
MODEL_CARD = Path("reports/model-card.md")
# Of DVCLive, one folder per member; ignored by git. Not named dvclive: Python would find the folder in its place.
LEARNING_CURVES = Path("learning_curves")


def member_model(name: str) -> Path:
    """The pickle of one trained member, relative to the root."""
    return TRAINING / f"{name}_model.pkl"


def out_of_fold(name: str) -> Path:
    """The walk-forward probabilities of one member, relative to the root."""
    return OUT_OF_FOLD_FOLDER / f"{name}.parquet"


def in_sample(name: str) -> Path:
    """What one member says of the rows it was trained on, relative to the root."""
    return IN_SAMPLE_FOLDER / f"{name}.parquet"


def member_receipt(name: str) -> Path:
    """The md5 of one member's pickle, relative to the root.

    Stages that need every member depend on the folder of receipts: models/training also holds a document that is made
    after them.
    """
    return RECEIPTS / f"{name}.json"


def metrics(name: str) -> Path:
    """The metrics of one member or of the ensemble, relative to the root."""
    return METRICS / f"{name}.json"
