"""Promote: one commit on `models/production/stages.yaml`."""

from pathlib import Path

from src.core.errors import UserError
from src.core.paths import ENSEMBLE
from src.repository.git import outputs_at
from src.rollout.commits import check_branch, check_reason, check_untouched, commit_deployments, committed_deployments
from src.rollout.release import Released, failures, released, trading
from src.rollout.steps import STAKED, check_step, dump_deployments, promoted
from src.rollout.version import Version
from src.store.integrity import fault_in
from src.store.places import Store, remote_store
from src.store.remote import check_remote

# The one gate that a reason may outweigh. A suspected leak is none: its figures say nothing.
TRADING = "trading"


def promote(root: Path, version: Version, step: str, why: str, *, despite: str | None = None) -> str:
    """Let ``step`` run ``version``; what was done. It runs there already: said, nothing changed.

    Args:
        root: the repository.
        version: what to run.
        step: where.
        why: the reason, for the commit message.
        despite: `trading`, to put a stake on a version whose trading gate fails.

    Raises:
        UserError: an unknown step, a skipped one, an unreleased or failing version, a stake on one that is not ready
            for trading, an ensemble that is not in the remote, an unfit reason, uncommitted changes of the file, or a
            branch that is behind its upstream.
    """
    check_step(step)
    check_reason(why)
    if despite not in (None, TRADING):
        raise UserError(f"DESPITE={despite!r} names no gate that a reason outweighs; there is only {TRADING}.")
    found = released(root, version)
    problems = failures(root, found)
    if problems:
        raise UserError(f"{version} must not run: {'; '.join(problems)}.")
    before = committed_deployments(root)
    after = promoted(before, version, step)
    check_branch(root, fetch=True)
    check_untouched(root, {dump_deployments(after)})
    if after == before:
        return f"{step} runs {version} already; nothing was changed."
    accepted = _accepted(root, found, step, despite)
    _check_available(root, version)
    return commit_deployments(root, before, after, f"Promote {version} to {step}", step, [*accepted, f"Why: {why}"])


def _accepted(root: Path, found: Released, step: str, despite: str | None) -> list[str]:
    """The line of the commit message that says which failing gate was outweighed."""
    verdict = trading(root, found)
    needed = step in STAKED and not verdict.ready
    if needed and despite is None:
        raise UserError(
            f"{found.version} must not trade with money: {verdict.reason}; {step} has a stake. To do it all the same, "
            f"add DESPITE={TRADING} and say in WHY what outweighs it."
        )
    if despite and not needed:
        reason = verdict.reason if verdict.ready else f"{step} has no stake"
        raise UserError(f"DESPITE={TRADING} is not needed: {reason}; leave it out.")
    return [f"Despite: {TRADING} ({verdict.reason})"] if needed else []


def _check_available(root: Path, version: Version) -> None:
    check_remote(root)
    fault = fault_in(Store("remote", remote_store(root)), outputs_at(root, version.tag)[ENSEMBLE])
    if fault:
        raise UserError(
            f"{ENSEMBLE} of {version} {fault} in the remote; check out {version.tag} and run `make repair`."
        )
