"""What each step of the rollout runs: stages.yaml of the branch `rollout`, changed by promotion and rollback only."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from src.core.errors import UserError
from src.core.yaml_files import parse_yaml
from src.rollout.version import Version

STEPS = ("paper", "stage-10", "stage-50", "live")
# All but the first trade with money.
STAKED = STEPS[1:]
_HEADER = """\
# Which released version each step of the rollout runs; `before` is what it ran earlier, the latest last.
# Written by `promote` and `rollback`, one commit each: `git log -p` of this file is the audit trail.
"""


@dataclass(frozen=True)
class Deployment:
    """One step: the version it runs, None for none, and the ones before it, the latest last."""

    version: str | None
    before: list[str]


Deployments = dict[str, Deployment]
# Before the first promotion.
NOTHING: Deployments = {step: Deployment(None, []) for step in STEPS}


def parse_deployments(text: str, where: str) -> Deployments:
    """The content of stages.yaml; ``where`` names it in errors.

    Raises:
        UserError: not YAML, other steps than ``STEPS``, or an entry of another shape.
    """
    content: Any = parse_yaml(text, where)
    if not isinstance(content, dict) or set(content) != set(STEPS):
        raise UserError(f"{where} must have the steps {', '.join(STEPS)}; restore it with git.")
    return {step: _deployment(content[step], step, where) for step in STEPS}


def _deployment(entry: Any, step: str, where: str) -> Deployment:
    def refused(key: str, what: str) -> UserError:
        return UserError(f"{where}: `{key}`: {what}; restore it with git.")

    if not isinstance(entry, dict):
        raise refused(step, "Input should be a valid dictionary")
    for key in ("version", "before"):
        if key not in entry:
            raise refused(f"{step}.{key}", "Field required")
    if extra := entry.keys() - {"version", "before"}:
        raise refused(f"{step}.{min(extra)}", "Extra inputs are not permitted")
    version, before = entry["version"], entry["before"]
    if not isinstance(before, list):
        raise refused(f"{step}.before", "Input should be a valid list")
    named = [("before", text) for text in before] + ([("version", version)] if version is not None else [])
    for key, text in named:
        if not isinstance(text, str):
            raise refused(f"{step}.{key}", "Input should be a valid string")
        try:
            Version.parse(text)
        except UserError as error:
            raise refused(f"{step}.{key}", str(error).rstrip(".")) from None
    return Deployment(version, before)


def dump_deployments(deployments: Deployments) -> str:
    """The text of stages.yaml; the same deployments give the same text."""
    lines = []
    for step in STEPS:
        deployment = deployments[step]
        lines += [f"{step}:", f"  version: {deployment.version or 'null'}"]
        lines += [f"  before: [{', '.join(deployment.before)}]"]
    return _HEADER + "\n".join(lines) + "\n"


def check_step(step: str) -> None:
    """Refuse a name that is no step.

    Raises:
        UserError: naming the steps there are.
    """
    if step not in STEPS:
        raise UserError(f"{step!r} is not a step; there are {', '.join(STEPS)}.")


def promoted(deployments: Deployments, version: Version, step: str) -> Deployments:
    """``deployments`` with ``version`` in ``step``; unchanged when it runs there already.

    Raises:
        UserError: no such step, or the step before it does not run this version.
    """
    check_step(step)
    current = deployments[step]
    if current.version == str(version):
        return deployments
    position = STEPS.index(step)
    if position > 0:
        earlier = STEPS[position - 1]
        running = deployments[earlier].version
        if running != str(version):
            raise UserError(
                f"{version} cannot go to {step}: {earlier} runs {running or 'nothing'}; "
                f"no step is skipped, so promote it to {earlier} first."
            )
    before = [*current.before, current.version] if current.version else list(current.before)
    return deployments | {step: Deployment(version=str(version), before=before)}


def rolled_back(
    deployments: Deployments, step: str, failed: Collection[str] = (), *, empty: bool = False
) -> Deployments:
    """``deployments`` with ``step`` back at the version before; twice goes back two versions.

    Args:
        deployments: what each step runs.
        step: which.
        failed: versions that no step goes back to.
        empty: let it run nothing where nothing ran before.

    Raises:
        UserError: no such step, or nothing ran before.
    """
    check_step(step)
    current = deployments[step]
    before = _good(deployments, step, failed)
    if not before and not (empty and current.version):
        but = " that did not fail" if current.before else ""
        raise UserError(
            f"{step} runs {current.version or 'nothing'} and ran nothing before{but}; there is no way back."
        )
    version = before[-1] if before else None
    return deployments | {step: Deployment(version=version, before=before[:-1])}


def way_back(deployments: Deployments, step: str, failed: Collection[str]) -> str | None:
    """The version that ``step`` would go back to, which it is judged against; None where there is none."""
    return next(reversed(_good(deployments, step, failed)), None)


def _good(deployments: Deployments, step: str, failed: Collection[str]) -> list[str]:
    return [version for version in deployments[step].before if version not in failed]


def steps_of(deployments: Deployments, version: Version) -> list[str]:
    """The steps that run ``version``."""
    return [step for step in STEPS if deployments[step].version == str(version)]
