"""Stage `train_each@<member>`: walk-forward probabilities, then the member trained on every row."""

import sys

from src.artifacts.pickles import dump_model
from src.core.files import md5_of, write_json
from src.core.paths import FEATURES, ROOT, in_sample, member_model, member_receipt, out_of_fold
from src.core.stage import run_stage, show_progress
from src.features.table import FeatureTable
from src.ml.base.registry import make_member, read_member_settings
from src.validation.learning_curve import learning_curves
from src.validation.out_of_fold import IN_SAMPLE, OUT_OF_FOLD, write_table
from src.validation.params import read_folds
from src.validation.shuffling import shuffled_features
from src.validation.walk_forward import walk_forward


def main() -> None:
    """Train the member named on the command line."""
    name = sys.argv[1]
    settings = read_member_settings(ROOT, name)
    table = FeatureTable.read(ROOT / FEATURES)
    with learning_curves(ROOT, name) as watch:
        result = walk_forward(
            lambda: make_member(name, settings, table.feature_set),
            table,
            read_folds(ROOT, table),
            report=show_progress(name),
            variants=shuffled_features,
            watch=watch,
        )
    model = ROOT / member_model(name)
    dump_model(model, result.model)
    write_table(ROOT / out_of_fold(name), result.out_of_fold, OUT_OF_FOLD)
    write_table(ROOT / in_sample(name), result.in_sample, IN_SAMPLE)
    write_json(ROOT / member_receipt(name), {"model": member_model(name).as_posix(), "md5": md5_of(model)})


if __name__ == "__main__":
    run_stage(main)
