"""The report of a pull request: what it shows, and what makes it fail."""

import re

import pytest

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.paths import BASELINES, PRODUCTION_METADATA
from src.metadata.gates import Gates
from src.repository.git import resolve
from src.review.comparison import Change, Comparison, compare, judge
from src.review.report import markdown
from tests.releases import git, release_command, replace, repro_and_commit

pytestmark = pytest.mark.slow

GATES = Gates(
    log_loss_skill_above=0.0,
    roc_auc_above=0.5,
    direction_auc_below=0.65,
    skill_over_volatility_below=0.05,
    net_return_above=0.0,
    may_fall={"log_loss_skill": 0.01, "log_loss": 0.0},
)


def figures(skill: float, loss: float = 0.5, base_skill: float = 0.08, base_error: float = 0.02) -> dict[str, Change]:
    return {
        "walk_forward.log_loss_skill": Change(base_skill, skill),
        "walk_forward.log_loss_skill_se": Change(base_error, 0.5 * skill),
        "walk_forward.roc_auc": Change(0.65, 0.65),
        "walk_forward.roc_auc_se": Change(0.02, 0.02),
        "walk_forward.log_loss": Change(0.5, loss),
        "train.log_loss": Change(0.5, 0.9),
    }


@pytest.mark.parametrize(
    ("skill", "fails"),
    [
        (0.09, False),
        (0.061, False),  # within one standard error
        (0.051, False),  # within one standard error and the tolerance
        (0.0499, True),
    ],
)
def test_a_fall_counts_beyond_one_standard_error_and_the_tolerance(skill: float, fails: bool) -> None:
    found = judge(GATES, figures(skill))
    assert bool(found) == fails
    if fails:
        assert found[0].startswith(
            "log_loss_skill fell by 0.030100 (from 0.08 to 0.0499), more than one standard error"
        )


def test_a_fall_at_its_limit_is_none_whatever_the_rounding_says() -> None:
    # 0.062 − 0.026 is a little above 0.026 + 0.01.
    assert judge(GATES, figures(0.026, base_skill=0.062, base_error=0.026)) == []


def test_a_rise_counts_where_less_is_better() -> None:
    assert judge(GATES, figures(0.08, loss=0.4)) == []
    (sentence,) = judge(GATES, figures(0.08, loss=0.51))
    assert sentence.startswith("log_loss rose by 0.010000 (from 0.5 to 0.51)")
    gates = GATES.model_copy(update={"may_fall": {"brier": 0.01}})
    assert judge(gates, figures(0.08) | {"walk_forward.brier": Change(0.25, 0.2)}) == []
    (sentence,) = judge(gates, figures(0.08) | {"walk_forward.brier": Change(0.2, 0.25)})
    assert sentence.startswith("brier rose by 0.050000 (from 0.2 to 0.25)")


def test_a_large_error_now_excuses_no_fall() -> None:
    worse = figures(0.03) | {"walk_forward.log_loss_skill_se": Change(0.02, 0.029)}
    assert any("log_loss_skill fell by" in sentence for sentence in judge(GATES, worse))


def test_gates_metrics_that_are_not_there_and_a_new_metric() -> None:
    assert "a gate fails: log loss skill less one standard error is" in judge(GATES, figures(-0.1))[0]
    assert judge(GATES, {})[0].startswith("reports/metrics/ensemble.json has no walk-forward log_loss_skill")
    unknown = GATES.model_copy(update={"may_fall": {"sharpe": 0.1}})
    assert judge(unknown, figures(0.08)) == [
        "params.yaml: `gates.may_fall.sharpe` is no walk-forward metric of the ensemble; correct it."
    ]
    first = {key: Change(None, change.new) for key, change in figures(0.08).items()}
    assert judge(GATES, first) == []


def test_the_report_of_other_weights(repository) -> None:
    text = markdown(compare(repository, "HEAD~1"))
    assert "| `ensemble.weights.lightgbm` | 0.7 | 0.1 |" in text
    assert "| `models/production/production_ensemble.pkl` |" in text
    assert "`models/training/lightgbm_model.pkl`" not in text
    assert "| ensemble | log_loss_skill | " in text and " ± " in text
    assert "| candles | 1440 | 1440 | same |" in text
    assert "| ensemble | net return after costs | " in text
    assert re.search(rf"names the same bytes for \d+ of {len(locked_outputs(repository))} outputs", text)


def test_a_suspected_leak_fails_the_review_by_figures_and_by_status(repository) -> None:
    assert compare(repository, "HEAD~1").failures == []
    path = repository / PRODUCTION_METADATA
    text = path.read_text()
    path.write_text(text.replace('"status": "production_ready"', '"status": "leak_suspected"'))
    assert f"{PRODUCTION_METADATA} says status leak_suspected." in compare(repository, "HEAD~1").failures
    path.write_text(text)
    replace(repository / "params.yaml", "direction_auc_below: 0.65", "direction_auc_below: 0.01")
    found = compare(repository, "HEAD~1").failures
    assert any(line.startswith("a leak is suspected: ensemble tells rises from falls with AUC") for line in found)
    result = release_command(repository, "review", "--base", "HEAD~1")
    assert result.returncode == 1
    assert "- a leak is suspected: ensemble tells rises" in result.stdout
    (repository / BASELINES).unlink()
    assert (
        f"{BASELINES} cannot be read (No such file or directory); run `make repro`."
        in compare(repository, "HEAD~1").failures
    )


@pytest.mark.drill
def test_the_report_of_another_learning_rate_and_of_other_data(repository, tmp_path) -> None:
    replace(repository / "params.yaml", "learning_rate: 0.03", "learning_rate: 0.3")
    unrun = compare(repository, "main")
    assert any(line.startswith("out of date: train_each@lightgbm:") for line in unrun.failures)
    repro_and_commit(repository, "Learn faster")
    text = markdown(compare(repository, "HEAD~1"))
    assert "| `members.lightgbm.learning_rate` | 0.03 | 0.3 |" in text
    assert "| `models/training/lightgbm_model.pkl` |" in text
    assert "`models/training/random_forest_model.pkl`" not in text
    assert "| ensemble | log_loss_skill | " in text and " ± " in text
    assert "| candles | 1440 | 1440 | same |" in text
    replace(repository / "params.yaml", "days: 60", "days: 55")
    repro_and_commit(repository, "Less data")
    result = release_command(repository, "review", "--base", "HEAD~1", "--out", str(tmp_path / "report.md"))
    text = (tmp_path / "report.md").read_text()
    assert result.stdout.strip() == text.strip()
    assert "| candles | 1440 | 1320 | changed |" in text
    assert "The data changed: the two columns of metrics are of different rows." in text
    assert result.returncode == int("## Model review: fails" in text)


def test_exit_codes_and_a_shallow_clone(repository, tmp_path) -> None:
    replace(repository / "params.yaml", "roc_auc_above: 0.0", "roc_auc_above: 0.99")
    git(repository, "commit", "-qam", "A gate nothing passes, not run")
    result = release_command(repository, "review", "--base", "HEAD~1")
    assert result.returncode == 1
    assert "## Model review: fails" in result.stdout and "- a gate fails: ROC AUC less" in result.stdout
    assert "- out of date: metadata: gates modified; run `make repro` and commit." in result.stdout
    git(repository, "branch", "-q", "base", "HEAD~1")
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "main", f"file://{repository}", str(clone))
    with pytest.raises(UserError, match="'base' is not in this shallow clone; fetch it: git fetch --depth 1 origin"):
        compare(clone, "base")
    git(clone, "fetch", "-q", "--depth", "1", "origin", "base:refs/remotes/origin/base")
    comparison = compare(clone, "base")
    assert comparison.commit == resolve(repository, "base")
    assert comparison.params["params.yaml"]["gates.roc_auc_above"] == Change(0.0, 0.99)


def test_a_pipe_in_a_value_breaks_no_table() -> None:
    comparison = Comparison("main", "0" * 40, {}, {"params.yaml": {"x": Change("a|b", None)}}, {}, [])
    assert "| `x` | a\\|b | - |" in markdown(comparison)


def test_the_report_shows_both_figures_their_difference_and_what_stayed() -> None:
    metrics = {
        "reports/metrics/ensemble.json": {
            "walk_forward.log_loss_skill": Change(0.25, 0.125),
            "walk_forward.log_loss_skill_se": Change(0.5, 0.75),
        },
        "reports/data/candles.json": {"rows": Change(10, 20)},
    }
    artifacts = {"a.pkl": Change("1", "1"), "b.pkl": Change("1", "2"), "reports/c.json": Change("1", "2")}
    text = markdown(Comparison("main", "0" * 40, metrics, {}, artifacts, []))
    assert text.startswith("## Model review: passes\n")
    assert "| ensemble | log_loss_skill | 0.25 ± 0.5 | 0.125 ± 0.75 | -0.125 |" in text
    assert "| candles | 10 | 20 | changed |" in text
    assert "The data changed: the two columns of metrics are of different rows." in text
    assert "| `b.pkl` | 1 | 2 |\n\ndvc.lock names the same bytes for 1 of 3 outputs." in text
    assert "a.pkl" not in text and "c.json" not in text
    failing = markdown(Comparison("main", "0" * 40, {}, {}, {}, ["it fell"]))
    assert failing.startswith("## Model review: fails\n\n- it fell\n")
