"""`make bench-wide`: `features.set: wide` against `twelve` on the same rows and folds, with paired standard errors.

Walk-forward, by member and vote: the 12 features; all wide inputs in one head; the two heads of `wide`. Then what the
vote is good for: forecasts of volatility, holding sized by them, and other thresholds for its decisions.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.quality import FILES, HOUR
from benchmarks.weighting import recalibrated
from src.candles.contract import validate_candles
from src.candles.readers.files import read_candle_file
from src.core.names import FEATURE_SETS
from src.core.params import read_section
from src.core.paths import ROOT
from src.evaluation.comparison import paired_differences
from src.evaluation.figures import auc, skill, with_error
from src.evaluation.heads import changes_after, heads_documents
from src.evaluation.metrics import walk_forward_metrics
from src.evaluation.params import EvaluationParams
from src.evaluation.sizing import run_sizing
from src.evaluation.thresholds import thresholds_document
from src.features.build import build_feature_table
from src.features.params import FeatureParams, TargetParams
from src.features.table import FeatureTable
from src.ml.base import inputs
from src.ml.base.registry import make_member, read_member_settings
from src.ml.params import EnsembleParams
from src.ml.vote import voted
from src.validation.folds import Fold
from src.validation.params import ValidationParams
from src.validation.walk_forward import Classifier, walk_forward

TWELVE, ONE_HEAD, TWO_HEADS, VOTE = "twelve", "wide, one head", "wide, two heads", "vote"


def let_one_head_see_all() -> None:
    """Add the transform `all_wide`, which no set has: everything that the two heads see."""
    inputs.TRANSFORMS["all_wide"] = lambda x: np.column_stack([inputs.move(x), inputs.direction(x)])
    inputs.INPUT_NAMES["all_wide"] = inputs.INPUT_NAMES["move"] + inputs.INPUT_NAMES["direction"]
    inputs.TAKES["all_wide"] = FEATURE_SETS["wide"]


def compete(
    table: FeatureTable, folds: list[Fold], kinds: tuple[str, ...] = (TWELVE, ONE_HEAD, TWO_HEADS)
) -> dict[str, dict[str, pd.DataFrame]]:
    """The out-of-fold tables by kind, then by member and `vote`."""
    weights = read_section(ROOT, "ensemble", EnsembleParams).weights
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for kind, rows, feature_set, changed in (
        (TWELVE, table.of_twelve(), "twelve", {}),
        (ONE_HEAD, table, "twelve", {"inputs": "all_wide"}),
        (TWO_HEADS, table, "wide", {}),
    ):
        if kind not in kinds:
            continue
        print(f"  {kind}", file=sys.stderr, flush=True)
        members = {name: walk_forward(_maker(name, feature_set, changed), rows, folds).out_of_fold for name in weights}
        found[kind] = members | {VOTE: voted(members, weights)}
    return found


def _maker(name: str, feature_set: str, changed: dict[str, Any]) -> Callable[[], Classifier]:
    settings = read_member_settings(ROOT, name) | changed
    return lambda: make_member(name, settings, feature_set)


def print_scores(found: dict[str, dict[str, pd.DataFrame]], threshold: float) -> None:
    """Skill, what it gains over the 12, and how often the decision is 1."""
    print("| | inputs | skill ± SE | less twelve's, paired | AUC ± SE | calibration error | share of 1s |")
    print("|---|---|---|---|---|---|---|")
    for name in found[TWELVE]:
        for kind, tables in found.items():
            m = walk_forward_metrics(tables[name], threshold)
            gap = paired_differences(tables[name], {TWELVE: found[TWELVE][name]}, threshold)[TWELVE]
            print(
                f"| {name} | {kind} | {skill(m)} | {'' if kind == TWELVE else skill(gap)} | {auc(m, digits=4)} "
                f"| {with_error(m['calibration_error'], m['calibration_error_se'], 4)} "
                f"| {m['predicted_positive_share']:.2%} |"
            )


def print_recalibrated(vote: pd.DataFrame, horizon: int, threshold: float) -> None:
    """What scaling the heads on past folds would change."""
    scaled = recalibrated(vote, horizon)
    gap = paired_differences(scaled, {VOTE: vote}, threshold)[VOTE]
    m = walk_forward_metrics(scaled, threshold)
    error = with_error(m["calibration_error"], m["calibration_error_se"], 4)
    print(f"\nHeads scaled on past folds (Platt), less as they are: {skill(gap)}; calibration error {error}.")


def print_heads(documents: dict[str, dict[str, Any]]) -> None:
    """Each head alone."""
    print(
        "\n| | p_move: AUC | skill | calibration error | p_dir among moves: AUC | skill | calibration error |", end=""
    )
    limits = [_limits(part) for part in documents[VOTE]["direction"]["by_size"]]
    print("".join(f" AUC, {limit} |" for limit in limits) + "\n|---|" + "---|" * (6 + len(limits)))
    for name, document in documents.items():
        cells = []
        for head in ("move", "direction"):
            m = document[head]
            error = with_error(m["calibration_error"], m["calibration_error_se"], 4)
            cells += [auc(m, digits=4), skill(m), error]
        cells += [f"{auc(part, digits=3)} (n {part['n']})" for part in document["direction"]["by_size"]]
        print(f"| {name} | {' | '.join(cells)} |")


def print_volatility(document: dict[str, Any] | None) -> None:
    """The forecasts of volatility, and holding sized by them."""
    if not document:
        print("\nVolatility: skipped, too few hours are answered.")
        return
    print("\n| forecast of the next hour | QLIKE | move less it |\n|---|---|---|")
    for name in ("move", "ewma_48", "ewma_168", "atr", "smoothed_atr"):
        m = document["qlike"][name]
        gap = with_error(m["move_less_it"], m["move_less_it_se"], 3, signed=True) if "move_less_it" in m else ""
        print(f"| {name} | {m['qlike']:.3f} | {gap} |")
    print(
        "\n| after costs | net return | Sharpe ratio | drawdown | held | turnover a year |\n|---|---|---|---|---|---|"
    )
    for name, m in document["backtests"].items():
        cells = [f"{m['net_return']:+.1%}", with_error(m["sharpe"], m["sharpe_se"], 2), f"{m['max_drawdown']:.1%}"]
        print(f"| {name} | {' | '.join(cells)} | {m['share_long']:.1%} | {m['turnover_per_year']:.1f} |")
    print("\n| paired, ± weekly block bootstrap | drawdown | Sharpe ratio |\n|---|---|---|")
    for name, m in document.items():
        if name.startswith("sized_less_"):
            cells = [with_error(m[key], m[f"{key}_se"], 3, signed=True) for key in ("max_drawdown", "sharpe")]
            print(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")


def print_thresholds(documents: dict[str, dict[str, Any] | None]) -> None:
    """The vote's decisions by thresholds, and bands, that the folds before chose; less those of its own threshold."""
    print(
        "\n| decisions of the vote, folds 2 on | | chosen fold by fold | net return | orders | less 0.5's, log return |"
    )
    print("|---|---|---|---|---|---|")
    for kind, document in documents.items():
        if not document:
            print(f"| {kind} | skipped, too few hours are judged | | | | |")
            continue
        for name, m in document["backtests"].items():
            gap = document.get(f"{name}_less_own")
            less = with_error(gap["log_return"], gap["log_return_se"], 3, signed=True) if gap else ""
            rules = ", ".join(_rule(rule) for rule in document["rules"].get(name, []))
            print(f"| {kind} | {name.replace('_', ' ')} | {rules} | {m['net_return']:+.1%} | {m['orders']} | {less} |")


def _rule(rule: dict[str, Any]) -> str:
    if rule["threshold"] is None:
        return "never"
    return f"{rule['threshold']:g}" + (f" − {rule['band']:g}" if rule["band"] else "")


def _limits(part: dict[str, Any]) -> str:
    least = f"{part['from']:.1%}"
    return f"from {least}" if part["below"] is None else f"{least} to {part['below']:.1%}"


def main() -> None:
    """Read the options, compete, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the other candles; without it the bundled ones alone")
    options = parser.parse_args()
    let_one_head_see_all()
    target = read_section(ROOT, "target", TargetParams)
    warmup = read_section(ROOT, "features", FeatureParams).wide_warmup
    threshold = read_section(ROOT, "ensemble", EnsembleParams).threshold
    for name, file in FILES.items():
        path = options.data / file if options.data else file
        if not path.is_file():
            where = f"{file} is not in {options.data}" if options.data else "no folder is given (--data)"
            print(f"\n## {name}: skipped, {where}")
            continue
        candles = validate_candles(read_candle_file(path), HOUR, path.name)
        table, _ = build_feature_table(candles, HOUR, warmup, target.horizon, target.threshold, "wide")
        folds = read_section(ROOT, "validation", ValidationParams).split(table.timestamp, target.horizon)
        print(f"\n## {name}: {len(table.rows)} rows, {len(folds)} folds, walk-forward\n", flush=True)
        found = compete(table, folds)
        print_scores(found, threshold)
        print_recalibrated(found[TWO_HEADS][VOTE], target.horizon, threshold)
        costs = read_section(ROOT, "evaluation", EvaluationParams)
        print_volatility(run_sizing(candles, found[TWO_HEADS][VOTE], threshold, target.threshold, costs)[1])
        votes = {kind: found[kind][VOTE] for kind in (TWELVE, TWO_HEADS)}
        print_thresholds({kind: thresholds_document(candles, vote, threshold, costs) for kind, vote in votes.items()})
        print_heads(heads_documents(found[TWO_HEADS], changes_after(candles, target.horizon), target.threshold))


if __name__ == "__main__":
    main()
