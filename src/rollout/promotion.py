"""Promote: one commit on the branch `rollout`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from src.core.errors import UserError
from src.core.paths import ENSEMBLE
from src.repository.git import outputs_at
from src.rollout.branch import STAGES_FILE, Identity, Tip
from src.rollout.commits import ORIGIN, Change, Done, Lines, check_reason, commit, deployments_at, who
from src.rollout.failed import failed_at
from src.rollout.release import failures, trading
from src.rollout.released import Released, released
from src.rollout.steps import STAKED, check_step, dump_deployments, promoted
from src.rollout.version import Version
from src.store.integrity import fault_in
from src.store.places import Store, remote_store
from src.store.remote import check_remote

# What a reason may outweigh. A suspected leak is none of it: its figures say nothing.
TRADING, FAILED = "trading", "failed"
OBJECTIONS = (TRADING, FAILED)


@dataclass(frozen=True)
class Objection:
    """What speaks against a promotion.

    Attributes:
        name: what `DESPITE=` must say to outweigh it.
        refusal: the sentence without it, that begins after the version's name.
        reason: for the commit message.
    """

    name: str
    refusal: str
    reason: str


def promote(
    root: Path,
    version: Version,
    step: str,
    why: str,
    *,
    despite: str | None = None,
    objections: Iterable[Objection] = (),
    notes: Iterable[str] = (),
    identity: Identity | None = None,
    remote: str | None = ORIGIN,
    lines: Lines | None = None,
) -> Done:
    """Let ``step`` run ``version``; what was done. It runs there already: said, nothing changed.

    Args:
        root: the repository.
        version: what to run.
        step: where.
        why: the reason, for the commit message.
        despite: names of objections that the reason outweighs, with commas between them: `trading`, to put a stake on
            a version whose trading gate fails; `failed`, to try one again that failed; those of ``objections``.
        objections: others than these two.
        notes: lines for the commit message.
        identity: who commits; None: whoever git says.
        remote: of git, where it is published; None: nowhere.
        lines: to add to other files of the branch, in the same commit.

    Raises:
        UserError: an unknown step, a skipped one, an unreleased or failing version, an objection that is not
            outweighed, an ensemble that is not in the remote, an unfit reason, or a git remote that does not answer or
            refuses the commit: nothing was changed.
    """
    check_step(step)
    check_reason(why)
    given = list(objections)
    outweighed = _named(despite, [*OBJECTIONS, *(objection.name for objection in given)])
    found = released(root, version)
    problems = failures(root, found)
    if problems:
        raise UserError(f"{version} must not run: {'; '.join(problems)}.")
    available = False

    def decide(tip: Tip) -> Change | Done:
        nonlocal available
        before = deployments_at(tip)
        after = promoted(before, version, step)
        if after == before:
            return Done(f"{step} runs {version} already; nothing was changed.")
        accepted = _accepted(root, found, step, outweighed, [*_own(root, found, step, tip), *given])
        if not available:
            _check_available(root, version)
            available = True
        left = before[step].version or "nothing"
        message = [f"Promote {version} to {step}", "", who(root, identity), f"Step: {step} ran {left}, runs {version}"]
        return Change(
            message=[*message, *accepted, *notes, f"Why: {why}"],
            said=f"{step} runs {version} (before: {left})",
            contents={STAGES_FILE: dump_deployments(after).encode()},
            lines=lines or {},
        )

    return commit(root, decide, remote=remote, identity=identity)


def _named(despite: str | None, known: Sequence[str]) -> list[str]:
    names = [] if despite is None else despite.split(",")
    if unknown := [name for name in names if name not in known]:
        there = ", ".join(dict.fromkeys(known))
        raise UserError(f"DESPITE={unknown[0]!r} names no gate that a reason outweighs; there are {there}.")
    return names


def _own(root: Path, found: Released, step: str, tip: Tip) -> list[Objection]:
    """What speaks against it, whatever was measured live."""
    objections = []
    verdict = trading(root, found)
    if step in STAKED and not verdict.ready:
        refusal = f"must not trade with money: {verdict.reason}; {step} has a stake"
        objections.append(Objection(TRADING, refusal, verdict.reason))
    if failed := failed_at(tip).get(str(found.version)):
        told = f"{failed.step} rolled it back: {failed.why}"
        objections.append(Objection(FAILED, f"failed before ({told})", told))
    return objections


def _accepted(
    root: Path, found: Released, step: str, outweighed: Sequence[str], objections: Sequence[Objection]
) -> list[str]:
    """The lines of the commit message that say what was outweighed."""
    for objection in objections:
        if objection.name not in outweighed:
            named = ",".join([*outweighed, objection.name])
            raise UserError(
                f"{found.version} {objection.refusal}. To do it all the same, add DESPITE={named} and say in "
                "WHY what outweighs it."
            )
    speaking = {objection.name for objection in objections}
    if idle := [name for name in outweighed if name not in speaking]:
        raise UserError(f"DESPITE={idle[0]} is not needed: {_idle(root, found, step, idle[0])}; leave it out.")
    return [f"Despite: {objection.name} ({objection.reason})" for objection in objections]


def _idle(root: Path, found: Released, step: str, name: str) -> str:
    if name == TRADING:
        return trading(root, found).reason if step in STAKED else f"{step} has no stake"
    return "it does not stand in the way"


def _check_available(root: Path, version: Version) -> None:
    check_remote(root)
    fault = fault_in(Store("remote", remote_store(root)), outputs_at(root, version.tag)[ENSEMBLE])
    if fault:
        raise UserError(
            f"{ENSEMBLE} of {version} {fault} in the remote; check out {version.tag} and run `make repair`."
        )
