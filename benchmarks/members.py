"""`make bench-members`: the members that are there and off beside the three of the vote, walk-forward, paired.

Each has the settings that `make new-member` writes. The vote with it gives it as much weight as a member has in the
mean, and the others the rest; no weight is chosen by these figures.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.quality import Problem, found_problems, member_factory
from src.core.errors import UserError
from src.core.params import read_section
from src.core.paths import ROOT
from src.core.yaml_files import parse_yaml
from src.evaluation.comparison import paired_differences
from src.evaluation.figures import auc, skill, with_error
from src.evaluation.metrics import walk_forward_metrics
from src.management.member_templates import OFFERED
from src.ml.base.registry import make_member
from src.ml.params import EnsembleParams
from src.ml.vote import normalised_weights, voted


def tables(problem: Problem, params: EnsembleParams) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The out-of-fold tables of the members of the vote, and of the others that can be trained here."""
    own = {name: problem.out_of_fold(member_factory(name)) for name in params.weights}
    others = {}
    for name, written in OFFERED.items():
        settings = parse_yaml(written, name)
        try:
            others[name] = problem.out_of_fold(lambda name=name, settings=settings: make_member(name, settings))
        except UserError as error:
            print(f"{name}: skipped, {error}")
    return own, others


def main() -> None:
    """Read the options, fit the members, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the other candles; without it the bundled ones alone")
    params = read_section(ROOT, "ensemble", EnsembleParams)
    for name, problem in found_problems(parser.parse_args().data, dev=False):
        print(f"\n## {name}\n", flush=True)
        own, others = tables(problem, params)
        vote = voted(own, params.weights)
        weights = normalised_weights(params.weights, list(own))
        print(
            "| | skill ± SE | AUC ± SE | calibration error | less the vote, paired | vote with it less vote, paired |"
        )
        print("|---|---|---|---|---|---|")
        for label, table in {"vote": vote, **own, **others}.items():
            scores = walk_forward_metrics(table, params.threshold)
            calibration = with_error(scores["calibration_error"], scores["calibration_error_se"], 4)
            cells = [skill(scores), auc(scores, digits=4), calibration, "", ""]
            if label != "vote":
                cells[3] = skill(paired_differences(table, {"vote": vote}, params.threshold)["vote"])
            if label in others:
                joined = voted(own | {label: table}, weights | {label: 1 / len(own)})
                cells[4] = skill(paired_differences(joined, {"vote": vote}, params.threshold)["vote"])
            print(f"| {label} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
