"""`make bench-weights`: fixed weights of the vote against weights that learn from past outcomes, walk-forward, paired.

Every variant that is tried is printed; none is chosen by these figures.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.quality import Problem, found_problems, member_factory
from benchmarks.weighting import dynamic_weights, stacked
from src.core.params import read_section
from src.core.paths import ROOT
from src.evaluation.comparison import paired_differences
from src.evaluation.figures import skill
from src.evaluation.metrics import walk_forward_metrics
from src.ml.params import EnsembleParams
from src.ml.vote import normalised_weights, voted

HALF_LIVES = (168, 720, 2160)
RATES = (0.01, 0.1)


def variants(problem: Problem, params: EnsembleParams) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The out-of-fold table of the fixed vote, and of each other way to weigh the members."""
    tables = {name: problem.out_of_fold(member_factory(name)) for name in params.weights}
    fixed = voted(tables, params.weights)
    prior = np.array(list(normalised_weights(params.weights, list(tables)).values()))
    probabilities = np.column_stack([table["probability"] for table in tables.values()])
    horizon = problem.target.horizon
    found = {"equal weights": voted(tables, dict.fromkeys(tables, 1.0))}
    for half_life in HALF_LIVES:
        for rate in RATES:
            weights = dynamic_weights(probabilities, fixed["target"].to_numpy(), prior, rate, half_life, horizon)
            name = f"exponentiated gradient, rate {rate:g}, half-life {half_life} rows"
            found[name] = fixed.assign(probability=(weights * probabilities).sum(axis=1))
    found["stacking on past folds"] = stacked(tables, fixed, horizon)
    return fixed, found


def main() -> None:
    """Read the options, fit the members, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the other candles; without it the bundled ones alone")
    params = read_section(ROOT, "ensemble", EnsembleParams)
    for name, problem in found_problems(parser.parse_args().data, dev=False):
        fixed, found = variants(problem, params)
        print(f"\n## {name}: fixed weights {skill(walk_forward_metrics(fixed, params.threshold))}\n")
        print("| weights | skill | less fixed, paired ± SE | in SE |")
        print("|---|---|---|---|")
        for label, table in found.items():
            gap = paired_differences(table, {"fixed": fixed}, params.threshold)["fixed"]
            own = walk_forward_metrics(table, params.threshold)["log_loss_skill"]
            ratio = gap["log_loss_skill"] / gap["log_loss_skill_se"]
            print(f"| {label} | {own:+.4f} | {skill(gap)} | {ratio:+.1f} |", flush=True)


if __name__ == "__main__":
    main()
