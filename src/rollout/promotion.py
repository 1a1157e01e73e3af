"""Promote and roll back: one commit each on `models/production/stages.yaml`."""

import unicodedata
from pathlib import Path

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import ENSEMBLE, PRODUCTION
from src.repository.git import check_not_behind, git, git_succeeds, outputs_at, read_at
from src.rollout.release import Released, failures, released, tag_exists, trading
from src.rollout.steps import (
    STAKED,
    Deployments,
    check_step,
    dump_deployments,
    parse_deployments,
    promoted,
    rolled_back,
)
from src.rollout.version import Version
from src.store.integrity import fault_in
from src.store.places import Store, remote_store
from src.store.remote import check_remote

STAGES_FILE = PRODUCTION / "stages.yaml"
# The one gate that a reason may outweigh. A suspected leak is none: its figures say nothing.
TRADING = "trading"
# Control characters, invisible ones that turn the direction of text, line ends of other scripts, bytes that are no
# text: they would forge lines of the audit trail.
_UNFIT = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def committed_deployments(root: Path) -> Deployments:
    """What HEAD's stages.yaml says; the working tree's copy is never believed."""
    return _parse(read_at(root, "HEAD", STAGES_FILE))


def _parse(content: bytes) -> Deployments:
    try:
        return parse_deployments(content.decode(), str(STAGES_FILE))
    except UnicodeDecodeError:
        raise UserError(f"{STAGES_FILE} is not UTF-8 text; restore it with git.") from None


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
    _check_reason(why)
    if despite not in (None, TRADING):
        raise UserError(f"DESPITE={despite!r} names no gate that a reason outweighs; there is only {TRADING}.")
    found = released(root, version)
    problems = failures(root, found)
    if problems:
        raise UserError(f"{version} must not run: {'; '.join(problems)}.")
    before = committed_deployments(root)
    after = promoted(before, version, step)
    _check_branch(root, fetch=True)
    _check_untouched(root, {dump_deployments(after)})
    if after == before:
        return f"{step} runs {version} already; nothing was changed."
    accepted = _accepted(root, found, step, despite)
    _check_available(root, version)
    return _commit(root, before, after, f"Promote {version} to {step}", step, [*accepted, f"Why: {why}"])


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


def rollback(root: Path, step: str, why: str, *, bad: Version | None = None) -> str:
    """Return ``step`` to the version before; what was done.

    Args:
        root: the repository.
        step: which.
        why: the reason, for the commit message.
        bad: the version to leave; when the step does not run it any more, nothing is changed.

    Raises:
        UserError: nothing released ran before, ``bad`` never ran, an unfit reason, uncommitted changes of the file, a
            branch behind its upstream, or a commit that failed.
    """
    check_step(step)
    _check_reason(why)
    before = committed_deployments(root)
    # A rollback must work while the server does not answer.
    _check_branch(root, fetch=False)
    running = before[step].version
    if bad is not None and running != str(bad):
        _check_untouched(root, set())
        if not _has_run(root, step, bad):
            raise UserError(f"{step} never ran {bad}; it runs {running or 'nothing'}. Name the version to leave.")
        return f"{step} runs {running or 'nothing'}, not {bad} any more; nothing was changed."
    after = rolled_back(before, step)
    if not tag_exists(root, Version.parse(str(after[step].version))):
        raise UserError(
            f"{after[step].version}, which {step} ran before, has no release tag here; run `git fetch --tags`."
        )
    _check_untouched(root, {dump_deployments(after)})
    return _commit(root, before, after, f"Roll back {step} to {after[step].version}", step, [f"Why: {why}"])


def _check_reason(why: str) -> None:
    if not why.strip():
        raise UserError("the reason is empty; say why, it goes into the commit message.")
    if any(unicodedata.category(character) in _UNFIT for character in why):
        raise UserError("the reason holds a line end or another control character; write it as one line of text.")


def _has_run(root: Path, step: str, version: Version) -> bool:
    """Whether a commit on the way to HEAD let ``step`` run ``version``."""
    for commit in git(root, "log", "--format=%H", "--", str(STAGES_FILE)).split():
        try:
            deployments = _parse(read_at(root, commit, STAGES_FILE))
        except UserError:
            continue
        if deployments[step].version == str(version):
            return True
    return False


def _check_branch(root: Path, *, fetch: bool) -> None:
    if not git_succeeds(root, "symbolic-ref", "--quiet", "HEAD"):
        raise UserError("HEAD is no branch, so the commit would be lost; check out the branch the bot follows.")
    check_not_behind(root, fetch=fetch)


def _check_untouched(root: Path, expected: set[str]) -> None:
    """The file is HEAD's, or what a killed run of the same command left."""
    file = root / STAGES_FILE
    content = file.read_text(encoding="utf-8") if file.is_file() else ""
    if content not in expected | {read_at(root, "HEAD", STAGES_FILE).decode()}:
        raise UserError(f"{STAGES_FILE} has uncommitted changes; undo them with `git checkout -- {STAGES_FILE}`.")
    lock = Path(git(root, "rev-parse", "--git-path", "index.lock"))
    if (root / lock).exists():
        raise UserError(f"git is busy or was killed: {lock} exists; if no git runs, remove that file and try again.")


def _check_available(root: Path, version: Version) -> None:
    check_remote(root)
    fault = fault_in(Store("remote", remote_store(root)), outputs_at(root, version.tag)[ENSEMBLE])
    if fault:
        raise UserError(
            f"{ENSEMBLE} of {version} {fault} in the remote; check out {version.tag} and run `make repair`."
        )


def _write(root: Path, deployments: Deployments) -> None:
    write_bytes(root / STAGES_FILE, dump_deployments(deployments).encode())


def _commit(root: Path, before: Deployments, after: Deployments, subject: str, step: str, reasons: list[str]) -> str:
    who = git(root, "var", "GIT_COMMITTER_IDENT").rsplit(" ", 2)[0]
    left, runs = before[step].version or "nothing", after[step].version
    message = "\n".join([subject, "", f"Who: {who}", f"Step: {step} ran {left}, runs {runs}", *reasons])
    _write(root, after)
    try:
        git(root, "commit", "--quiet", "--only", "--message", message, "--", str(STAGES_FILE))
    except UserError:
        # A bot that reads the tree must not follow what was not committed.
        _write(root, before)
        raise
    commit = git(root, "rev-parse", "--short", "HEAD")
    return f"{step} runs {runs} (before: {left}), commit {commit}; publish it: git push"
