"""The rules of promotion, on the content of stages.yaml alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import UserError
from src.rollout.steps import (
    NOTHING,
    STEPS,
    Deployment,
    Deployments,
    dump_deployments,
    parse_deployments,
    promoted,
    rolled_back,
    steps_of,
    way_back,
)
from src.rollout.version import Version

ONE, TWO, THREE = (Version(1, minor, 0) for minor in range(3))
EMPTY = NOTHING
WHERE = "stages.yaml"


def running(deployments: Deployments) -> list[str | None]:
    return [deployments[step].version for step in STEPS]


def test_a_version_walks_through_all_steps() -> None:
    deployments = EMPTY
    for step in STEPS:
        deployments = promoted(deployments, ONE, step)
    assert running(deployments) == ["v1.0.0"] * 4
    assert steps_of(deployments, ONE) == list(STEPS)
    assert steps_of(deployments, TWO) == []


@pytest.mark.parametrize("step", STEPS[1:])
def test_no_step_is_skipped(step: str) -> None:
    with pytest.raises(UserError, match=r"v1\.0\.0 cannot go to .* runs nothing; no step is skipped"):
        promoted(EMPTY, ONE, step)


def test_the_first_step_opens_the_second_alone() -> None:
    deployments = promoted(EMPTY, ONE, "paper")
    for step, before in (("stage-50", "stage-10"), ("live", "stage-50")):
        with pytest.raises(UserError, match=f"cannot go to {step}: {before} runs nothing; no step is skipped"):
            promoted(deployments, ONE, step)


def test_the_step_before_must_run_it_now() -> None:
    deployments = promoted(promoted(EMPTY, ONE, "paper"), TWO, "paper")
    with pytest.raises(UserError, match=r"paper runs v1\.1\.0; no step is skipped, so promote it to paper first"):
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


def test_an_unknown_step() -> None:
    for change in (lambda: promoted(EMPTY, ONE, "prod"), lambda: rolled_back(EMPTY, "prod")):
        with pytest.raises(UserError, match="'prod' is not a step; there are paper, stage-10, stage-50, live"):
            change()


versions = st.sampled_from(["v1.0.0", "v1.1.0", "v2.10.3"])
deployments_of = st.fixed_dictionaries(
    {step: st.builds(Deployment, version=st.none() | versions, before=st.lists(versions)) for step in STEPS}
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
        ("paper: {version: null, before: []}", "must have the steps paper, stage-10, stage-50, live"),
        (dump_deployments(EMPTY) + "canary: {version: null, before: []}\n", "must have the steps paper, stage-10"),
        (dump_deployments(EMPTY).replace("null", "1.0", 1), "`paper.version`: Input should be a valid string"),
        (dump_deployments(EMPTY).replace("null", "latest", 1), "`paper.version`: 'latest' is not a version"),
        (dump_deployments(EMPTY).replace("[]", "[v1]", 1), "`paper.before`: 'v1' is not a version"),
        (dump_deployments(EMPTY).replace("before:", "after:", 1), "`paper.before`: Field required"),
        (dump_deployments(EMPTY).replace("[]", "v1.0.0", 1), "`paper.before`: Input should be a valid list"),
        (dump_deployments(EMPTY).replace("[]", "[1]", 1), "`paper.before`: Input should be a valid string"),
        (dump_deployments(EMPTY).replace("[]", "[]\n  x: 1", 1), "`paper.x`: Extra inputs are not permitted"),
        ("{paper: 1, stage-10: 1, stage-50: 1, live: 1}", "`paper`: Input should be a valid dictionary"),
    ],
)
def test_a_damaged_file_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence.replace("[", r"\[")):
        parse_deployments(text, WHERE)


def test_the_text_of_no_deployments_is_read_back() -> None:
    text = dump_deployments(NOTHING)
    assert dump_deployments(parse_deployments(text, WHERE)) == text


def test_no_step_goes_back_to_what_failed() -> None:
    deployments = EMPTY
    for version in (ONE, TWO, THREE):
        deployments = promoted(deployments, version, "paper")
    back = rolled_back(deployments, "paper", {"v1.1.0"})
    assert back["paper"] == Deployment("v1.0.0", [])
    with pytest.raises(UserError, match="ran nothing before that did not fail; there is no way back"):
        rolled_back(deployments, "paper", {"v1.1.0", "v1.0.0"})
    assert rolled_back(deployments, "paper", {"v1.1.0", "v1.0.0"}, empty=True)["paper"] == Deployment(None, [])
    assert way_back(deployments, "paper", {"v1.1.0"}) == back["paper"].version
    assert way_back(deployments, "paper", {"v1.1.0", "v1.0.0"}) is None
