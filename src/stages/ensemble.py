"""Stage `ensemble`: the members become the ProductionEnsemble, evaluated beside its baselines."""

import pandas as pd

from src.artifacts.files import write_csv, write_json
from src.artifacts.load import load_model
from src.artifacts.pickles import dump_model
from src.features.params import TargetParams
from src.ml.baselines import BASELINES
from src.ml.ensemble import ProductionEnsemble
from src.ml.evaluate import Evaluation, evaluate_classifier, evaluate_ensemble
from src.ml.member import Member
from src.ml.params import EnsembleParams, ValidationParams
from src.ml.plots import roc_points, skill_by_fold
from src.params import read_section
from src.paths import BASELINES as BASELINE_METRICS
from src.paths import ENSEMBLE, FEATURES, PLOTS, ROOT, member_model, metrics, out_of_fold
from src.stages.run import run_stage


def main() -> None:
    """Put the members together, evaluate, write."""
    params = read_section(ROOT, "ensemble", EnsembleParams)
    rows = pd.read_parquet(ROOT / FEATURES)
    members = {name: load_model(ROOT, member_model(name), Member) for name in params.weights}
    predictions = {name: pd.read_parquet(ROOT / out_of_fold(name)) for name in params.weights}
    ensemble = ProductionEnsemble(members, params.weights, params.threshold)
    evaluation = evaluate_ensemble(ensemble, rows, predictions)
    baselines = _baselines(rows, params.threshold)
    dump_model(ROOT / ENSEMBLE, ensemble)
    write_json(ROOT / metrics("ensemble"), evaluation.metrics)
    write_json(ROOT / BASELINE_METRICS, {name: baseline.metrics for name, baseline in baselines.items()})
    curves = predictions | {"ensemble": evaluation.out_of_fold}
    write_csv(ROOT / PLOTS / "roc.csv", roc_points(curves))
    curves |= {name: baseline.out_of_fold for name, baseline in baselines.items()}
    write_csv(ROOT / PLOTS / "skill_by_fold.csv", skill_by_fold(curves, params.threshold))


def _baselines(rows: pd.DataFrame, threshold: float) -> dict[str, Evaluation]:
    folds = read_section(ROOT, "validation", ValidationParams).folds
    purge = read_section(ROOT, "target", TargetParams).horizon
    evaluated = {}
    for name, make in BASELINES.items():
        print(f"baseline: {name}", flush=True)
        evaluated[name] = evaluate_classifier(make, rows, folds, purge, threshold)
    return evaluated


if __name__ == "__main__":
    run_stage(main)
