"""Stage `ensemble`: the members become the ProductionEnsemble, evaluated beside its baselines."""

import pandas as pd

from src.artifacts.files import write_bytes, write_csv, write_json
from src.artifacts.load import load_model
from src.artifacts.pickles import dump_model
from src.ml import plots
from src.ml.backtest import Backtest, backtest_report, buy_and_hold, run_backtest
from src.ml.baselines import baselines
from src.ml.comparison import beats_best_member, best_weights, paired_differences
from src.ml.ensemble import ProductionEnsemble
from src.ml.evaluate import Evaluation, evaluate_classifier, evaluate_ensemble
from src.ml.gates import Gates, refuse_suspected_leak
from src.ml.member import Member
from src.ml.metrics import walk_forward_metrics
from src.ml.params import EvaluationParams, read_ensemble
from src.ml.picture import result_picture
from src.params import read_section
from src.paths import BACKTEST, BASELINES, COMPARISON, ENSEMBLE, PLOTS, ROOT, member_model, metrics, out_of_fold
from src.stages.run import run_stage, show_progress
from src.stages.table import FeatureTable, read_table

Tables = dict[str, pd.DataFrame]


def main() -> None:
    """Put the members together, evaluate, write."""
    params = read_ensemble(ROOT)
    table = read_table(ROOT)
    members = {name: load_model(ROOT, member_model(name), Member) for name in params.weights}
    predictions = {name: pd.read_parquet(ROOT / out_of_fold(name)) for name in params.weights}
    ensemble = ProductionEnsemble(members, params.weights, params.threshold)
    evaluation = evaluate_ensemble(ensemble, table.rows, predictions)
    refuse_suspected_leak(read_section(ROOT, "gates", Gates), "ensemble", evaluation.metrics["walk_forward"])
    evaluated = _evaluate_baselines(table, params.threshold)
    compared = {name: baseline.out_of_fold for name, baseline in evaluated.items()}
    backtests = _backtest(table, evaluation, params.threshold)

    dump_model(ROOT / ENSEMBLE, ensemble)
    write_json(ROOT / metrics("ensemble"), evaluation.metrics)
    write_json(ROOT / BASELINES, {name: baseline.metrics for name, baseline in evaluated.items()})
    _write_comparison(evaluation.out_of_fold, predictions, compared, params.threshold)
    _write_plots(predictions | {"ensemble": evaluation.out_of_fold}, compared, backtests, params.threshold)


def _evaluate_baselines(table: FeatureTable, threshold: float) -> dict[str, Evaluation]:
    return {
        name: evaluate_classifier(make, table.rows, table.folds, threshold, show_progress(f"baseline {name}"))
        for name, make in baselines(table.target.threshold).items()
    }


def _backtest(table: FeatureTable, evaluation: Evaluation, threshold: float) -> dict[str, Backtest]:
    params = read_section(ROOT, "evaluation", EvaluationParams)
    voted = evaluation.out_of_fold
    decisions = pd.Series((voted["probability"] >= threshold).to_numpy(dtype="float64"), index=voted["timestamp"])
    ensemble = run_backtest(table.candles, decisions, params.cost)
    backtests = {"ensemble": ensemble, "buy_and_hold": buy_and_hold(ensemble, table.candles, params.cost)}
    trials = {"ensemble": params.trials, "buy_and_hold": 1}
    write_json(ROOT / BACKTEST, {name: backtest_report(test, trials[name]) for name, test in backtests.items()})
    return backtests


def _write_comparison(ensemble: pd.DataFrame, members: Tables, compared: Tables, threshold: float) -> None:
    differences = paired_differences(ensemble, members | compared, threshold)
    documents = {name: {"walk_forward": walk_forward_metrics(table, threshold)} for name, table in members.items()}
    comparison = {
        "ensemble_minus": differences,
        "against_best_member": beats_best_member(documents, differences),
        "best_weights_in_hindsight": best_weights(members),
    }
    write_json(ROOT / COMPARISON, comparison)


def _write_plots(curves: Tables, compared: Tables, backtests: dict[str, Backtest], threshold: float) -> None:
    folder = ROOT / PLOTS
    skill = plots.skill_by_fold(curves | compared, threshold)
    equity = plots.equity(backtests)
    write_csv(folder / "roc.csv", plots.roc_points(curves | {"volatility": compared["volatility"]}))
    write_csv(folder / "skill_by_fold.csv", skill)
    write_csv(folder / "reliability.csv", plots.reliability(curves))
    write_csv(folder / "confusion.csv", plots.confusion(curves, threshold))
    write_csv(folder / "importance.csv", plots.importance(curves))
    write_csv(folder / "equity.csv", equity)
    write_bytes(folder / "result.svg", result_picture(skill, equity).encode())


if __name__ == "__main__":
    run_stage(main)
