"""Stage `train_each@<member>`: walk-forward probabilities and metrics, then the member trained on every row."""

import sys

from src.artifacts.files import write_json, write_parquet
from src.artifacts.pickles import dump_model
from src.ml.evaluate import evaluate_member
from src.ml.gates import Gates, refuse_suspected_leak
from src.ml.params import read_ensemble, read_member_settings
from src.params import read_section
from src.paths import ROOT, member_model, metrics, out_of_fold
from src.stages.run import run_stage, show_progress
from src.stages.table import read_table


def main() -> None:
    """Train and evaluate the member named on the command line."""
    name = sys.argv[1]
    gates = read_section(ROOT, "gates", Gates)
    table = read_table(ROOT)
    evaluation = evaluate_member(
        name,
        read_member_settings(ROOT, name),
        table.rows,
        folds=table.folds,
        threshold=read_ensemble(ROOT).threshold,
        report=show_progress(name),
    )
    refuse_suspected_leak(gates, name, evaluation.metrics["walk_forward"])
    dump_model(ROOT / member_model(name), evaluation.model)
    write_parquet(ROOT / out_of_fold(name), evaluation.out_of_fold)
    write_json(ROOT / metrics(name), evaluation.metrics)


if __name__ == "__main__":
    run_stage(main)
