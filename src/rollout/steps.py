"""What each stage of the rollout runs: `models/production/stages.yaml`, changed by promotion and rollback only."""

from typing import Any

from pydantic import ValidationError, field_validator

from src.core.errors import UserError
from src.core.params import Section
from src.core.yaml_files import parse_yaml
from src.rollout.version import Version

STAGES = ("paper", "stage-10", "stage-50", "live")
_HEADER = """\
# Which released version each stage of the rollout runs; `before` is what it ran earlier, the latest last.
# Written by `promote` and `rollback`, one commit each: `git log -p` of this file is the audit trail.
"""


class Deployment(Section):
    """One stage: the version it runs, null for none, and the ones before it, the latest last."""

    version: str | None
    before: list[str]

    @field_validator("version", "before")
    @classmethod
    def _are_versions(cls, value: str | list[str] | None) -> str | list[str] | None:
        for text in [value] if isinstance(value, str) else value or []:
            try:
                Version.parse(text)
            except UserError as error:
                raise ValueError(str(error).rstrip(".")) from None
        return value


Deployments = dict[str, Deployment]


def parse_deployments(text: str, where: str) -> Deployments:
    """The content of stages.yaml; ``where`` names it in errors.

    Raises:
        UserError: not YAML, other stages than ``STAGES``, or an entry of another shape.
    """
    content: Any = parse_yaml(text, where)
    if not isinstance(content, dict) or set(content) != set(STAGES):
        raise UserError(f"{where} must have the stages {', '.join(STAGES)}; restore it with git.")
    found: Deployments = {}
    for stage in STAGES:
        try:
            found[stage] = Deployment.model_validate(content[stage])
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join([stage, *map(str, problem["loc"])])
            message = problem["msg"].removeprefix("Value error, ")
            raise UserError(f"{where}: `{key}`: {message}; restore it with git.") from None
    return found


def dump_deployments(deployments: Deployments) -> str:
    """The text of stages.yaml; the same deployments give the same text."""
    lines = []
    for stage in STAGES:
        deployment = deployments[stage]
        lines += [f"{stage}:", f"  version: {deployment.version or 'null'}"]
        lines += [f"  before: [{', '.join(deployment.before)}]"]
    return _HEADER + "\n".join(lines) + "\n"


def check_stage(stage: str) -> None:
    """Refuse a name that is no stage.

    Raises:
        UserError: naming the stages there are.
    """
    if stage not in STAGES:
        raise UserError(f"{stage!r} is not a stage; there are {', '.join(STAGES)}.")


def promoted(deployments: Deployments, version: Version, stage: str) -> Deployments:
    """``deployments`` with ``version`` in ``stage``; unchanged when it runs there already.

    Raises:
        UserError: no such stage, or the stage before it does not run this version.
    """
    check_stage(stage)
    current = deployments[stage]
    if current.version == str(version):
        return deployments
    position = STAGES.index(stage)
    if position > 0:
        earlier = STAGES[position - 1]
        running = deployments[earlier].version
        if running != str(version):
            raise UserError(
                f"{version} cannot go to {stage}: {earlier} runs {running or 'nothing'}; "
                f"no stage is skipped, so promote it to {earlier} first."
            )
    before = [*current.before, current.version] if current.version else list(current.before)
    return deployments | {stage: Deployment(version=str(version), before=before)}


def rolled_back(deployments: Deployments, stage: str) -> Deployments:
    """``deployments`` with ``stage`` back at the version before; twice goes back two versions.

    Raises:
        UserError: no such stage, or nothing ran before.
    """
    check_stage(stage)
    current = deployments[stage]
    if not current.before:
        raise UserError(f"{stage} runs {current.version or 'nothing'} and ran nothing before; there is no way back.")
    return deployments | {stage: Deployment(version=current.before[-1], before=current.before[:-1])}


def stages_of(deployments: Deployments, version: Version) -> list[str]:
    """The stages that run ``version``."""
    return [stage for stage in STAGES if deployments[stage].version == str(version)]
