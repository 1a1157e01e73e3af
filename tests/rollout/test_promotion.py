"""Promotion and rollback: one commit each, every refusal, and nothing read from tag times."""

import json
import re

import pytest
from typer.testing import CliRunner

from src.core.errors import UserError
from src.core.paths import BASELINES, ENSEMBLE
from src.management.commands import release
from src.repository.git import outputs_at
from src.rollout.branch import STAGES_FILE, read_tip
from src.rollout.commits import committed_deployments
from src.rollout.failed import failed_at
from src.rollout.promotion import Objection, promote
from src.rollout.rollback import rollback
from src.rollout.steps import STEPS
from src.rollout.version import Version
from tests.releases import git, replace

ONE, TWO, BAD = Version(1, 0, 0), Version(1, 1, 0), Version(1, 2, 0)


pytestmark = pytest.mark.slow


@pytest.fixture
def rollout(pushed):
    """Two released versions; the tag of the older one is the younger tag."""
    git(pushed, "tag", "-a", TWO.tag, "-m", "x", "HEAD")
    git(pushed, "tag", "-a", ONE.tag, "-m", "x", "HEAD~1")
    return pushed


def running(root) -> list[str | None]:
    return [committed_deployments(root)[step].version for step in STEPS]


def test_through_all_steps_and_back(rollout) -> None:
    head = git(rollout, "rev-parse", "HEAD")
    for version in (ONE, TWO):
        for step in STEPS:
            assert f"{step} runs {version}" in str(promote(rollout, version, step, "it held its gates"))
    assert running(rollout) == ["v1.1.0"] * 4
    tip = git(rollout, "rev-parse", "rollout")
    assert str(promote(rollout, TWO, "live", "again")) == "live runs v1.1.0 already; nothing was changed."
    assert git(rollout, "rev-parse", "rollout") == tip
    assert "live runs v1.0.0 (before: v1.1.0)" in str(rollback(rollout, "live", "it lost money", bad=TWO))
    assert running(rollout) == ["v1.1.0", "v1.1.0", "v1.1.0", "v1.0.0"]
    again = rollback(rollout, "live", "again", bad=TWO)
    assert str(again) == "live runs v1.0.0, not v1.1.0 any more; nothing was changed."
    with pytest.raises(UserError, match=r"live never ran v1\.2\.0; it runs v1\.0\.0\. Name the version to leave"):
        rollback(rollout, "live", "a slip", bad=BAD)
    with pytest.raises(UserError, match=r"live runs v1\.0\.0 and ran nothing before; there is no way back"):
        rollback(rollout, "live", "again")
    log = git(rollout, "log", "--format=%B", "-1", "rollout")
    assert log.splitlines() == [
        "Roll back live to v1.0.0",
        "",
        "Who: tester <tester@example.org>",
        "Step: live ran v1.1.0, runs v1.0.0",
        "Why: it lost money",
    ]
    assert git(rollout, "show", "--format=", "--name-only", "rollout") == str(STAGES_FILE)
    assert len(git(rollout, "log", "--oneline", "rollout").splitlines()) == 9
    assert (git(rollout, "rev-parse", "HEAD"), git(rollout, "status", "--porcelain")) == (head, "")


def test_what_may_not_be_promoted(rollout) -> None:
    with pytest.raises(UserError, match=r"v1\.2\.0 was never released; `make versions` lists what was"):
        promote(rollout, BAD, "paper", "?")
    with pytest.raises(UserError, match=r"v1\.0\.0 cannot go to live: stage-50 runs nothing; no step is skipped"):
        promote(rollout, ONE, "live", "?")
    with pytest.raises(UserError, match="'production' is not a step"):
        promote(rollout, ONE, "production", "?")
    assert git(rollout, "branch", "--list", "rollout") == ""
    # What HEAD is does not matter.
    git(rollout, "checkout", "-q", "--detach")
    promote(rollout, ONE, "paper", "?")
    assert running(rollout)[0] == "v1.0.0"


def test_a_failing_version_is_never_promoted(rollout) -> None:
    text = (rollout / "params.yaml").read_text()
    (rollout / "params.yaml").write_text(text.replace("roc_auc_above: 0.0", "roc_auc_above: 0.99"))
    git(rollout, "commit", "-qam", "Raise the gate")
    with pytest.raises(UserError, match=r"v1\.0\.0 must not run: ROC AUC less one standard error is .*, not > 0\.99"):
        promote(rollout, ONE, "paper", "?")


def gates(root, old: str, new: str) -> None:
    """Commit another limit."""
    replace(root / "params.yaml", old, new)
    git(root, "commit", "-qam", f"Gate {new}")


def test_a_stake_needs_a_version_that_is_ready_for_trading_or_a_reason_that_outweighs_it(rollout) -> None:
    gates(rollout, "net_return_above: -1.0", "net_return_above: 9.0")
    with pytest.raises(UserError, match=r"DESPITE=trading is not needed: paper has no stake; leave it out"):
        promote(rollout, ONE, "paper", "?", despite="trading")
    assert "paper runs v1.0.0" in str(promote(rollout, ONE, "paper", "no stake"))
    tip = git(rollout, "rev-parse", "rollout")
    refused = r"v1\.0\.0 must not trade with money: net return .* % after costs, not > 900\.0 %; stage-10 has a stake"
    with pytest.raises(UserError, match=refused):
        promote(rollout, ONE, "stage-10", "?")
    for unknown in ("leak", "", "trading "):
        with pytest.raises(UserError, match="names no gate that a reason outweighs; there are trading, failed"):
            promote(rollout, ONE, "stage-10", "?", despite=unknown)
    assert git(rollout, "rev-parse", "rollout") == tip
    promote(rollout, ONE, "stage-10", "ten dollars, to measure the slippage", despite="trading")
    who, step, despite, why = git(rollout, "log", "-1", "--format=%b", "rollout").splitlines()
    assert (who, step) == ("Who: tester <tester@example.org>", "Step: stage-10 ran nothing, runs v1.0.0")
    assert re.fullmatch(r"Despite: trading \(net return [+-]\d+\.\d % after costs, not > 900\.0 %\)", despite)
    assert why == "Why: ten dollars, to measure the slippage"
    gates(rollout, "net_return_above: 9.0", "net_return_above: -1.0")
    with pytest.raises(UserError, match=r"DESPITE=trading is not needed: net return .* % after costs, > -100\.0 %"):
        promote(rollout, ONE, "stage-50", "?", despite="trading")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("direction_auc_below: 0.65", "direction_auc_below: 0.01", "lightgbm tells rises from falls with AUC"),
        ("over_volatility_below: 0.05", "over_volatility_below: 1.0e-9", "has .* more skill than volatility alone"),
    ],
)
def test_a_suspected_leak_is_never_promoted_whatever_the_reason(rollout, old: str, new: str, sentence: str) -> None:
    if "volatility" in old:
        # The members of so short a pipeline have no skill beyond volatility; say that volatility has less.
        forge(rollout, ONE)
    gates(rollout, old, new)
    for step, despite in (("paper", None), ("stage-10", "trading")):
        with pytest.raises(UserError, match=f"v1.0.0 must not run: a leak is suspected: .*{sentence}"):
            promote(rollout, ONE, step, "?", despite=despite)
    assert running(rollout) == [None] * 4


def forge(root, version: Version) -> None:
    """Let ``version`` name a commit whose baseline knows nothing."""
    path = root / BASELINES
    document = json.loads(path.read_text())
    document["volatility"]["walk_forward"]["log_loss_skill"] = -99.0
    path.write_text(json.dumps(document))
    git(root, "commit", "-qam", "Forge")
    git(root, "tag", "-f", version.tag)


@pytest.mark.parametrize(
    "why", ["a\nWho: nobody", "a\rb", "a\x1b[31m", "a\u2028b", "a\u202eb", "a\x85b", "a\udcffb", "a\0b"]
)
def test_a_reason_that_would_forge_a_line_is_refused(rollout, why: str) -> None:
    for change in (lambda: promote(rollout, ONE, "paper", why), lambda: rollback(rollout, "paper", why)):
        with pytest.raises(UserError, match="the reason holds a line end or another control character; write it as"):
            change()
    assert running(rollout) == [None] * 4


def test_a_version_whose_object_is_gone_or_altered(rollout) -> None:
    output = outputs_at(rollout, ONE.tag)[ENSEMBLE]
    path = rollout.parent / "remote/files/md5" / output.md5[:2] / output.md5[2:]
    path.chmod(0o644)
    path.write_bytes(b"x" * output.size)
    with pytest.raises(UserError, match=r"production_ensemble.pkl of v1\.0\.0 was altered.* in the remote"):
        promote(rollout, ONE, "paper", "?")
    path.unlink()
    with pytest.raises(UserError, match=r"production_ensemble.pkl of v1\.0\.0 is missing in the remote"):
        promote(rollout, ONE, "paper", "?")
    assert running(rollout) == [None] * 4


def test_a_version_that_failed_comes_back_only_for_a_reason(rollout) -> None:
    promote(rollout, ONE, "paper", "first")
    promote(rollout, TWO, "paper", "second")
    rollback(rollout, "paper", "its graph is broken", failed=True)
    with pytest.raises(
        UserError, match=r"v1\.1\.0 failed before \(paper rolled it back: its graph is broken\)\. To do"
    ):
        promote(rollout, TWO, "paper", "again")
    with pytest.raises(UserError, match="DESPITE=failed is not needed: it does not stand in the way"):
        promote(rollout, ONE, "stage-10", "?", despite="failed")
    promote(rollout, TWO, "paper", "the exchange was at fault", despite="failed")
    assert "Despite: failed (paper rolled it back: its graph is broken)" in git(rollout, "log", "-1", "rollout")
    assert set(failed_at(read_tip(rollout, None))) == {"v1.1.0"}


def test_what_else_speaks_against_it_is_outweighed_by_name(rollout) -> None:
    promote(rollout, ONE, "paper", "first")
    few = Objection("candles", "was judged on 3 candles, fewer than 100", "3 of 100 candles")
    with pytest.raises(
        UserError, match=r"v1\.0\.0 was judged on 3 candles, fewer than 100\. .* DESPITE=candles and say"
    ):
        promote(rollout, ONE, "stage-10", "?", objections=[few])
    promote(rollout, ONE, "stage-10", "in a hurry", despite="candles", objections=[few], notes=["Judged: 3 candles"])
    assert git(rollout, "log", "-1", "--format=%b", "rollout").splitlines()[2:] == [
        "Despite: candles (3 of 100 candles)",
        "Judged: 3 candles",
        "Why: in a hurry",
    ]


def test_git_that_knows_nobody_changes_nothing(rollout, monkeypatch) -> None:
    promote(rollout, ONE, "paper", "first")
    promote(rollout, TWO, "paper", "second")
    tip = git(rollout, "rev-parse", "rollout")
    with pytest.raises(UserError, match="the reason is empty; say why"):
        rollback(rollout, "paper", "  ")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_NAME")
        monkeypatch.delenv(f"GIT_{who}_EMAIL")
    monkeypatch.setenv("HOME", str(rollout.parent))
    git(rollout, "config", "user.useConfigOnly", "true")
    with pytest.raises(UserError, match=r"^git does not know who you are; run `git config user\.name …`"):
        rollback(rollout, "paper", "it lost money")
    assert git(rollout, "rev-parse", "rollout") == tip


def test_the_command_asks_the_journal_and_takes_silence_for_nothing(rollout, monkeypatch) -> None:
    monkeypatch.setattr(release, "ROOT", rollout)
    promotion = ["promote", "--why", "a good version", str(ONE)]
    assert CliRunner().invoke(release.app, [*promotion, "paper"]).exit_code == 0
    refused = CliRunner().invoke(release.app, [*promotion, "stage-10"])
    assert refused.exit_code == 1
    assert "v1.0.0 was not judged: there is no journal" in refused.output
    assert running(rollout)[1] is None
    taken = CliRunner().invoke(release.app, [*promotion, "stage-10", "--despite", "candles"])
    assert taken.exit_code == 0, taken.output
    assert "Despite: candles (there is no journal " in git(rollout, "log", "-1", "--format=%b", "rollout")


def test_no_way_back_to_what_was_never_released(rollout) -> None:
    promote(rollout, ONE, "paper", "first")
    promote(rollout, TWO, "paper", "second")
    git(rollout, "tag", "--delete", ONE.tag)
    with pytest.raises(UserError, match=r"v1\.0\.0, which paper ran before, has no release tag here; run `git fetch"):
        rollback(rollout, "paper", "it lost money")
    assert running(rollout)[0] == "v1.1.0"
