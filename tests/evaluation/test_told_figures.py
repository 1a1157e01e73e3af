"""What the documents say about the figures is what the figures are."""

import json
import re

import pandas as pd
import pytest

from benchmarks.wide import TWELVE, TWO_HEADS, VOTE, compete
from src.core.params import read_section
from src.evaluation.figures import with_error
from src.evaluation.params import EvaluationParams
from src.evaluation.sizing import run_sizing
from src.evaluation.thresholds import thresholds_document
from src.features.build import build_feature_table
from src.features.params import TargetParams
from src.ml.params import EnsembleParams
from src.validation.params import ValidationParams
from tests.conftest import HOUR, ROOT, run


def document(name: str) -> dict:
    return json.loads((ROOT / f"reports/metrics/{name}.json").read_text(encoding="utf-8"))


def test_the_number_of_trials_is_counted_from_their_log() -> None:
    lines = (ROOT / "docs/trials.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [int(line.split(",")[0]) for line in lines] == list(range(1, len(lines) + 1))
    assert read_section(ROOT, "evaluation", EvaluationParams).trials == len(lines)


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_readme_says_what_the_skill_is_made_of(readme: str) -> None:
    if run(ROOT, "git", "diff", "--quiet", "HEAD", "--", "reports").returncode:
        pytest.skip("reports differ from HEAD: the READMEs show the committed run")
    text = (ROOT / readme).read_text(encoding="utf-8")
    ensemble, comparison = document("ensemble")["walk_forward"], document("comparison")
    gap = comparison["ensemble_minus"]["volatility"]
    assert f"{gap['log_loss_skill']:.4f} ± {gap['log_loss_skill_se']:.4f}" in text
    assert f"{ensemble['roc_auc_mirrored']:.3f}" in text
    assert f"{ensemble['roc_auc_direction']:.3f}" in text
    assert f"{ensemble['roc_auc_direction']:.3f} ± {ensemble['roc_auc_direction_se']:.3f}" in text
    loss = -document("backtest")["ensemble"]["net_return"]
    assert re.search(rf"\b{loss:.0%}".replace("%", " %"), text)
    share = document("baselines")["volatility"]["walk_forward"]["log_loss_skill"] / ensemble["log_loss_skill"]
    assert round(10 * share) == 9, "the READMEs say nine tenths"
    assert not comparison["against_best_member"]["ensemble_beats_it"], "the READMEs say that it does not"


def test_the_plots_page_asks_no_network() -> None:
    page = (ROOT / ".dvc/plots/offline.html").read_text(encoding="utf-8")
    assert page.count("<script>") == 3
    assert not re.search(r"<script[^>]+src=|<link", page)
    assert "{plot_divs}" in page
    assert "html_template = plots/offline.html" in (ROOT / ".dvc/config").read_text(encoding="utf-8")


def cells(text: str, heading: str) -> dict[str, list[str]]:
    """By its first word the other cells of each row that begins with one, of the table that begins with ``heading``."""
    lines = text[text.index(heading) :].splitlines()
    rows = [line.strip("|").split("|") for line in lines[2 : lines.index("") if "" in lines else None]]
    return {row[0].strip().split()[0]: [cell.strip() for cell in row[1:]] for row in rows if row[0].strip()}


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_readme_says_of_volatility_and_sizing_what_the_study_says(readme: str) -> None:
    study = (ROOT / "docs/wide.md").read_text(encoding="utf-8")
    forecasts = cells(study, "| | `move` | less EWMA 48")
    holding = cells(study, "| | less holding: drawdown")
    heading = {"README.md": "| | forecast of volatility", "README.ja.md": "| | 変動の予測"}[readme]
    told = cells((ROOT / readme).read_text(encoding="utf-8"), heading)
    assert list(told) == ["Coinbase", "GMO", "Binance"]
    for market, found in told.items():
        assert found == [forecasts[market][1], forecasts[market][3], *holding[market][:2]]


@pytest.mark.drill
def test_the_study_says_what_a_walk_forward_of_the_bundled_candles_gives(snapshot: pd.DataFrame) -> None:
    """The rows of Coinbase; the other candles are not part of this repository."""
    study = (ROOT / "docs/wide.md").read_text(encoding="utf-8")
    target, threshold = (
        read_section(ROOT, "target", TargetParams),
        read_section(ROOT, "ensemble", EnsembleParams).threshold,
    )
    costs = read_section(ROOT, "evaluation", EvaluationParams)
    table, _ = build_feature_table(snapshot, HOUR, 400, target.horizon, target.threshold, "wide")
    folds = read_section(ROOT, "validation", ValidationParams).split(table.timestamp, target.horizon)
    kinds = compete(table, folds, kinds=(TWELVE, TWO_HEADS))
    _, report = run_sizing(snapshot, kinds[TWO_HEADS][VOTE], threshold, target.threshold, costs)
    assert report is not None
    names = ("ewma_48", "ewma_168", "atr", "smoothed_atr")
    gaps = [
        with_error(q["move_less_it"], q["move_less_it_se"], 3, signed=True) for q in map(report["qlike"].get, names)
    ]
    assert cells(study, "| | `move` | less EWMA 48")["Coinbase"] == [
        minus(f"{report['qlike']['move']['qlike']:.3f}"),
        *map(minus, gaps),
    ]
    less = [report[f"sized_less_{name}"] for name in ("holding", "atr_sized_holding", "smoothed_atr_sized_holding")]
    assert cells(study, "| | less holding: drawdown")["Coinbase"] == [
        minus(with_error(one[key], one[f"{key}_se"], digits, signed=True))
        for one in less
        for key, digits in (("max_drawdown", 3), ("sharpe", 2))
    ]
    lines = cells(study, "| | | net return | drawdown")
    chosen = cells(study, "| | | at 0.5 | threshold chosen")
    assert lines["Coinbase"][1] == percent(report["backtests"]["ensemble"]["net_return"])
    document = thresholds_document(snapshot, kinds[TWELVE][VOTE], threshold, costs)
    assert document is not None
    made = [
        document["backtests"][name]["net_return"]
        for name in ("own_threshold", "chosen_threshold", "chosen_threshold_and_band")
    ]
    assert [chosen["Coinbase"][place] for place in (1, 2, 4)] == [percent(value) for value in made]


def minus(text: str) -> str:
    return text.replace("-", "−")


def percent(value: float) -> str:
    return minus(f"{value:+.1%}".replace("%", " %"))
