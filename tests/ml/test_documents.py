"""What the documents say about the figures is what the figures are."""

import json
import re

import pytest

from src.core.params import read_section
from src.evaluation.params import EvaluationParams
from tests.conftest import ROOT, run


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
