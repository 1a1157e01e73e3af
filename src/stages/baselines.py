"""Stage `baselines`: the walk-forward probabilities of everything that a member must beat."""

from src.baselines.models import TRAINS_ON_NEWEST, baselines
from src.core.params import read_section
from src.core.paths import BASELINES_IN_SAMPLE, BASELINES_OUT_OF_FOLD, FEATURES, ROOT
from src.core.stage import run_stage, show_progress
from src.features.params import TargetParams
from src.features.table import FeatureTable
from src.validation.out_of_fold import IN_SAMPLE, OUT_OF_FOLD, write_tables
from src.validation.params import read_folds
from src.validation.walk_forward import walk_forward


def main() -> None:
    """Walk forward with each of them."""
    # They know the 12 features, whatever the members see.
    table = FeatureTable.read(ROOT / FEATURES).of_twelve()
    folds = read_folds(ROOT, table)
    threshold = read_section(ROOT, "target", TargetParams).threshold
    results = {
        name: walk_forward(make, table, folds, show_progress(f"baseline {name}"), newest=TRAINS_ON_NEWEST.get(name))
        for name, make in baselines(threshold).items()
    }
    out_of_fold = {name: result.out_of_fold for name, result in results.items()}
    write_tables(ROOT / BASELINES_OUT_OF_FOLD, out_of_fold, OUT_OF_FOLD)
    write_tables(ROOT / BASELINES_IN_SAMPLE, {name: result.in_sample for name, result in results.items()}, IN_SAMPLE)


if __name__ == "__main__":
    run_stage(main)
