"""Stage `evaluate`: metrics, comparison, backtest and plots, from the probabilities alone; nothing is fitted."""

from typing import Any

from src.core.files import read_parquet, write_bytes, write_csv, write_json
from src.core.names import CANDLE_COLUMNS
from src.core.params import read_section
from src.core.paths import (
    BACKTEST,
    BASELINES,
    BASELINES_IN_SAMPLE,
    BASELINES_OUT_OF_FOLD,
    CANDLES,
    COMPARISON,
    CONDITIONS,
    IN_SAMPLE_FOLDER,
    OUT_OF_FOLD_FOLDER,
    PLOTS,
    ROOT,
    in_sample,
    metrics,
    out_of_fold,
)
from src.core.stage import run_stage
from src.evaluation.backtest import run_backtests
from src.evaluation.comparison import compare
from src.evaluation.conditions import conditions
from src.evaluation.heads import changes_after, heads_documents
from src.evaluation.metrics import metrics_documents
from src.evaluation.params import EvaluationParams
from src.evaluation.picture import result_picture
from src.evaluation.plots import equity, plot_tables
from src.evaluation.sizing import LINES, run_sizing
from src.evaluation.thresholds import thresholds_document
from src.features.params import TargetParams
from src.ml.params import read_ensemble, refuse_strays
from src.ml.vote import voted
from src.validation.out_of_fold import IN_SAMPLE, OUT_OF_FOLD, read_table, read_tables


def main() -> None:
    """Read the probabilities, evaluate, write."""
    params = read_ensemble(ROOT)
    costs = read_section(ROOT, "evaluation", EvaluationParams)
    for folder in (OUT_OF_FOLD_FOLDER, IN_SAMPLE_FOLDER):
        refuse_strays(ROOT / folder, params.weights)
    members = {name: read_table(ROOT / out_of_fold(name), OUT_OF_FOLD) for name in params.weights}
    trained = {name: read_table(ROOT / in_sample(name), IN_SAMPLE) for name in params.weights}
    baselines = read_tables(ROOT / BASELINES_OUT_OF_FOLD, OUT_OF_FOLD)
    models = members | {"ensemble": voted(members, params.weights)}
    trained["ensemble"] = voted(trained, params.weights)
    candles = read_parquet(ROOT / CANDLES, CANDLE_COLUMNS)
    target = read_section(ROOT, "target", TargetParams)
    heads = heads_documents(models, changes_after(candles, target.horizon), target.threshold)
    for name, document in metrics_documents(models, trained, params.threshold).items():
        write_json(ROOT / metrics(name), document | ({"heads": heads[name]} if heads else {}))
    compared_with = metrics_documents(baselines, read_tables(ROOT / BASELINES_IN_SAMPLE, IN_SAMPLE), params.threshold)
    write_json(ROOT / BASELINES, compared_with)
    write_json(ROOT / COMPARISON, compare(models, baselines, params.threshold))
    told = conditions(models["ensemble"], baselines["volatility"], candles, params.threshold)
    write_json(ROOT / CONDITIONS, told)
    backtests, report = run_backtests(candles, models["ensemble"], params.threshold, costs)
    write_json(ROOT / BACKTEST, report)
    _write("thresholds", thresholds_document(candles, models["ensemble"], params.threshold, costs))
    shown = backtests
    if "ensemble" in heads and target.horizon == 1:
        sized, volatility = run_sizing(candles, models["ensemble"], params.threshold, target.threshold, costs)
        shown = {name: sized[name] for name in LINES} if volatility else backtests
        _write("volatility", volatility)
    tables = plot_tables(models, baselines, shown, params.threshold)
    for name, table in tables.items():
        write_csv(ROOT / PLOTS / f"{name}.csv", table)
    write_bytes(ROOT / PLOTS / "result.svg", result_picture(tables["skill_by_fold"], equity(backtests)).encode())


def _write(name: str, document: dict[str, Any] | None) -> None:
    if document is None:
        print(f"evaluate: {name}: skipped, too few hours are answered; lengthen `ingest.days`.")
    else:
        write_json(ROOT / metrics(name), document)


if __name__ == "__main__":
    run_stage(main, undo="git checkout -- reports/metrics reports/plots")
