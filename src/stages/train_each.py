"""Stage `train_each@<member>`: walk-forward probabilities and metrics, then the member trained on every row."""

import sys

import pandas as pd

from src.artifacts.files import write_json, write_parquet
from src.artifacts.pickles import dump_model
from src.features.params import TargetParams
from src.ml.evaluate import evaluate_member
from src.ml.params import EnsembleParams, ValidationParams, read_member_settings
from src.params import read_section
from src.paths import FEATURES, ROOT, member_model, metrics, out_of_fold
from src.stages.run import run_stage, show_progress


def main() -> None:
    """Train and evaluate the member named on the command line."""
    name = sys.argv[1]
    evaluation = evaluate_member(
        name,
        read_member_settings(ROOT, name),
        pd.read_parquet(ROOT / FEATURES),
        folds=read_section(ROOT, "validation", ValidationParams).folds,
        purge=read_section(ROOT, "target", TargetParams).horizon,
        threshold=read_section(ROOT, "ensemble", EnsembleParams).threshold,
        report=show_progress(name),
    )
    dump_model(ROOT / member_model(name), evaluation.model)
    write_parquet(ROOT / out_of_fold(name), evaluation.out_of_fold)
    write_json(ROOT / metrics(name), evaluation.metrics)


if __name__ == "__main__":
    run_stage(main)
