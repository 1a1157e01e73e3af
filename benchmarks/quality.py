"""`make bench-quality`: everybody on the same folds of the same candles, with paired standard errors.

`--dev` takes the first 80 % of each file: the part that settings may be chosen on. The rest is looked at once.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.contestants import FLAML_CPU_SECONDS, quick_contestants, searching_contestants
from src.baselines.seed import SEED_WEIGHTS
from src.candles.contract import validate_candles
from src.candles.readers.files import read_candle_file
from src.core.params import read_section
from src.core.paths import ROOT
from src.evaluation.backtest import backtest_report, buy_and_hold, run_backtest
from src.evaluation.comparison import best_weights, paired_differences
from src.evaluation.figures import auc, skill, with_error
from src.evaluation.metrics import walk_forward_metrics
from src.evaluation.params import EvaluationParams
from src.features.build import build_feature_table
from src.features.params import FeatureParams, TargetParams
from src.features.table import FeatureTable
from src.ml.base.registry import make_member, read_member_settings
from src.ml.params import EnsembleParams
from src.ml.vote import voted
from src.validation.folds import Fold
from src.validation.params import ValidationParams
from src.validation.walk_forward import Classifier, walk_forward

HOUR = pd.Timedelta(hours=1)
DEV_SHARE = 0.8
FILES = {
    "Coinbase BTC/USD": ROOT / "data/snapshots/coinbase_btcusd_1h.csv.gz",
    "GMO BTC/JPY": Path("gmo_btcjpy_1h.csv.gz"),
    "Binance BTC/USDT": Path("binance_btcusdt_1h.csv.gz"),
}
ENSEMBLE = "our ensemble"


@dataclass(frozen=True)
class Problem:
    """One data set, split."""

    candles: pd.DataFrame
    table: FeatureTable
    folds: list[Fold]
    target: TargetParams

    def out_of_fold(self, make: Callable[[], Classifier], workers: int | None = None) -> pd.DataFrame:
        """Walk-forward probabilities of one contestant."""
        return walk_forward(make, self.table, self.folds, workers=workers).out_of_fold


def read_problem(path: Path, dev: bool) -> Problem:
    """The candles of ``path`` with the features, target and folds that params.yaml asks for."""
    candles = validate_candles(read_candle_file(path), HOUR, path.name)
    if dev:
        candles = candles.iloc[: int(DEV_SHARE * len(candles))].reset_index(drop=True)
    target = read_section(ROOT, "target", TargetParams)
    warmup = read_section(ROOT, "features", FeatureParams).warmup
    table, _ = build_feature_table(candles, HOUR, warmup, target.horizon, target.threshold)
    folds = read_section(ROOT, "validation", ValidationParams).split(table.timestamp, target.horizon)
    return Problem(candles, table, folds, target)


def found_problems(data: Path | None, dev: bool) -> Iterator[tuple[str, Problem]]:
    """Every file of ``FILES`` that is there, by name; of the others it is said that they are skipped."""
    for name, file in FILES.items():
        path = data / file if data else file
        if path.is_file():
            yield name, read_problem(path, dev)
        else:
            where = f"{file} is not in {data}" if data else "no folder is given (--data)"
            print(f"\n## {name}: skipped, {where}")


def compete(problem: Problem, flaml_seconds: float) -> dict[str, pd.DataFrame]:
    """The out-of-fold table of every contestant, ours last."""
    tables = {}
    contestants = quick_contestants(problem.target.threshold)
    searching = searching_contestants(flaml_seconds) if flaml_seconds else {}
    for name, make in (contestants | searching).items():
        print(f"  {name}", file=sys.stderr, flush=True)
        try:
            tables[name] = problem.out_of_fold(make, workers=1 if name in searching else None)
        except ModuleNotFoundError as error:
            print(f"{name}: skipped, {error.name} is not installed; run `make bench-setup`.")
    seed = {name: tables[f"seed {name}"] for name in SEED_WEIGHTS}
    tables["seed ensemble"] = voted(seed, SEED_WEIGHTS)
    weights = read_section(ROOT, "ensemble", EnsembleParams).weights
    members = {name: problem.out_of_fold(member_factory(name)) for name in weights}
    tables |= {f"our {name}": table for name, table in members.items()}
    return tables | {ENSEMBLE: voted(members, weights)}


def member_factory(name: str) -> Callable[[], Classifier]:
    """Makes the member ``name`` with its settings of params.yaml, unfitted."""
    settings = read_member_settings(ROOT, name)
    return lambda: make_member(name, settings)


def print_scores(tables: dict[str, pd.DataFrame], threshold: float) -> None:
    """Skill and AUC of everybody, and the paired difference of our ensemble to each."""
    print("| | skill ± SE | AUC ± SE | mirrored AUC | direction AUC | ensemble − it, skill ± SE | in SE |")
    print("|---|---|---|---|---|---|---|")
    ours = tables[ENSEMBLE]
    differences = paired_differences(ours, {n: t for n, t in tables.items() if n != ENSEMBLE}, threshold)
    for name, table in tables.items():
        m = walk_forward_metrics(table, threshold)
        shown = f"| {name} | {skill(m)} | {auc(m, digits=4)} | {m['roc_auc_mirrored']:.4f} "
        shown += f"| {auc(m, 'roc_auc_direction', digits=4)} | "
        if name in differences:
            gap = differences[name]
            shown += f"{skill(gap)} | {gap['log_loss_skill'] / gap['log_loss_skill_se']:+.1f} |"
        else:
            shown += "| |"
        print(shown)
    members = {name: table for name, table in tables.items() if name.startswith("our ") and name != ENSEMBLE}
    best = best_weights(members)
    weights = ", ".join(f"{name} {weight}" for name, weight in best["weights"].items())
    print(f"\nWeights of the least loss, in hindsight: {weights}; skill {best['log_loss_skill']:+.4f}.")


def print_backtests(problem: Problem, ours: pd.DataFrame, threshold: float) -> None:
    """Long and flat after costs, beside buy and hold."""
    params = read_section(ROOT, "evaluation", EvaluationParams)
    decisions = pd.Series((ours["probability"] >= threshold).to_numpy(dtype="float64"), index=ours["timestamp"])
    test = run_backtest(problem.candles, decisions, params.cost)
    hold = buy_and_hold(test, problem.candles, params.cost)
    print(f"\n| after {params.cost:.2%} per order | net | gross | Sharpe ± SE | deflated | drawdown | long | orders |")
    print("|---|---|---|---|---|---|---|---|")
    for name, report in (
        ("our ensemble", backtest_report(test, params.trials)),
        ("buy and hold", backtest_report(hold, 1)),
    ):
        print(
            f"| {name} | {report['net_return']:+.1%} | {report['gross_return']:+.1%} "
            f"| {with_error(report['sharpe'], report['sharpe_se'], 2, signed=True)} "
            f"| {report['deflated_sharpe_probability']:.3f} "
            f"| {report['max_drawdown']:.1%} | {report['share_long']:.1%} | {report['orders']} |"
        )


def main() -> None:
    """Read the options, compete, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="the first 80 %% of each file only")
    parser.add_argument("--flaml", type=float, default=45.0, help="seconds per fold and inputs for FLAML; 0: leave out")
    parser.add_argument("--data", type=Path, help="folder of the other candles; without it the bundled ones alone")
    options = parser.parse_args()
    threshold = read_section(ROOT, "ensemble", EnsembleParams).threshold
    for name, problem in found_problems(options.data, options.dev):
        part = "first 80 % of the file" if options.dev else "whole file"
        print(f"\n## {name}, {part}: {len(problem.table.rows)} rows, {len(problem.folds)} folds\n", flush=True)
        tables = compete(problem, options.flaml)
        print_scores(tables, threshold)
        print_backtests(problem, tables[ENSEMBLE], threshold)
        if FLAML_CPU_SECONDS:
            print(f"\nFLAML got {sum(FLAML_CPU_SECONDS) / len(FLAML_CPU_SECONDS):.0f} CPU seconds per fit on average.")
            FLAML_CPU_SECONDS.clear()


if __name__ == "__main__":
    main()
