"""The rules of promotion, on the content of stages.yaml alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import UserError
from src.core.paths import PRODUCTION
from src.rollout.steps import (
    STAGES,
    Deployment,
    Deployments,
    dump_deployments,
    parse_deployments,
    promoted,
    rolled_back,
    stages_of,
)
from src.rollout.version import Version
from tests.conftest import ROOT

ONE, TWO, THREE = (Version(1, minor, 0) for minor in range(3))
EMPTY: Deployments = {stage: Deployment(version=None, before=[]) for stage in STAGES}
WHERE = "stages.yaml"


def running(deployments: Deployments) -> list[str | None]:
    return [deployments[stage].version for stage in STAGES]


def test_a_version_walks_through_all_stages() -> None:
    deployments = EMPTY
    for stage in STAGES:
        deployments = promoted(deployments, ONE, stage)
    assert running(deployments) == ["v1.0.0"] * 4
    assert stages_of(deployments, ONE) == list(STAGES)
    assert stages_of(deployments, TWO) == []


@pytest.mark.parametrize("stage", STAGES[1:])
def test_no_stage_is_skipped(stage: str) -> None:
    with pytest.raises(UserError, match=r"v1\.0\.0 cannot go to .* runs nothing; no stage is skipped"):
        promoted(EMPTY, ONE, stage)


def test_the_first_stage_opens_the_second_alone() -> None:
    deployments = promoted(EMPTY, ONE, "paper")
    for stage, before in (("stage-50", "stage-10"), ("live", "stage-50")):
        with pytest.raises(UserError, match=f"cannot go to {stage}: {before} runs nothing; no stage is skipped"):
            promoted(deployments, ONE, stage)


def test_the_stage_before_must_run_it_now() -> None:
    deployments = promoted(promoted(EMPTY, ONE, "paper"), TWO, "paper")
    with pytest.raises(UserError, match=r"paper runs v1\.1\.0; no stage is skipped, so promote it to paper first"):
        promoted(deployments, ONE, "stage-10")


def test_the_same_promotion_twice_changes_nothing() -> None:
    once = promoted(EMPTY, ONE, "paper")
    assert promoted(once, ONE, "paper") == once


def test_each_rollback_goes_back_one_version() -> None:
    deployments = EMPTY
    for version in (ONE, TWO, THREE):
        deployments = promoted(deployments, version, "paper")
    deployments = rolled_back(deployments, "paper")
    assert deployments["paper"].version == "v1.1.0"
    deployments = rolled_back(deployments, "paper")
    assert deployments["paper"].version == "v1.0.0"
    with pytest.raises(UserError, match=r"paper runs v1\.0\.0 and ran nothing before; there is no way back"):
        rolled_back(deployments, "paper")


def test_an_unknown_stage() -> None:
    for change in (lambda: promoted(EMPTY, ONE, "prod"), lambda: rolled_back(EMPTY, "prod")):
        with pytest.raises(UserError, match="'prod' is not a stage; there are paper, stage-10, stage-50, live"):
            change()


versions = st.sampled_from(["v1.0.0", "v1.1.0", "v2.10.3"])
deployments_of = st.fixed_dictionaries(
    {stage: st.builds(Deployment, version=st.none() | versions, before=st.lists(versions)) for stage in STAGES}
)


@given(deployments_of)
def test_the_file_gives_back_what_was_written(deployments: Deployments) -> None:
    assert parse_deployments(dump_deployments(deployments), WHERE) == deployments


@given(deployments_of, st.sampled_from([ONE, TWO, THREE]))
def test_a_rollback_undoes_a_promotion(deployments: Deployments, version: Version) -> None:
    after = promoted(deployments, version, "paper")
    if after != deployments and deployments["paper"].version:
        assert rolled_back(after, "paper") == deployments


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "stages.yaml, line 1 is not valid YAML"),
        ("paper: {version: null, before: []}", "must have the stages paper, stage-10, stage-50, live"),
        (dump_deployments(EMPTY) + "canary: {version: null, before: []}\n", "must have the stages paper, stage-10"),
        (dump_deployments(EMPTY).replace("null", "1.0", 1), "`paper.version`: Input should be a valid string"),
        (dump_deployments(EMPTY).replace("null", "latest", 1), "`paper.version`: 'latest' is not a version"),
        (dump_deployments(EMPTY).replace("[]", "[v1]", 1), "`paper.before`: 'v1' is not a version"),
        (dump_deployments(EMPTY).replace("before:", "after:", 1), "`paper.before`: Field required"),
    ],
)
def test_a_damaged_file_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence.replace("[", r"\[")):
        parse_deployments(text, WHERE)


def test_the_repository_s_own_file_is_one() -> None:
    text = (ROOT / PRODUCTION / "stages.yaml").read_text(encoding="utf-8")
    assert dump_deployments(parse_deployments(text, WHERE)) == text
