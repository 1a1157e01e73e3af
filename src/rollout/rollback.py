"""Roll a step back: one commit on the branch `rollout`. It needs git alone: no DVC, and no server that answers."""

from pathlib import Path

from src.core.errors import UserError
from src.repository.git import ask_server, git
from src.rollout.branch import ASK, FAILED_FILE, STAGES_FILE, Identity, Tip, contents_of, remote_address, repository
from src.rollout.commits import ORIGIN, Change, Done, Lines, check_reason, commit, deployments_at, who
from src.rollout.failed import Failed, failed_at
from src.rollout.merge import deployments_in
from src.rollout.steps import check_step, dump_deployments, rolled_back
from src.rollout.version import Version, tag_exists


def rollback(
    root: Path,
    step: str,
    why: str,
    *,
    bad: Version | None = None,
    failed: bool = False,
    empty: bool = False,
    identity: Identity | None = None,
    remote: str | None = ORIGIN,
    lines: Lines | None = None,
) -> Done:
    """Return ``step`` to the newest version before that did not fail; what was done.

    Args:
        root: the repository.
        step: which.
        why: the reason, for the commit message.
        bad: the version to leave; when the step does not run it any more, nothing is changed.
        failed: remember the version that it leaves: no step takes it again.
        empty: let the step run nothing where nothing ran before.
        identity: who commits; None: whoever git says.
        remote: of git, where it is published; None: nowhere. While it does not answer, the commit is made here, and
            the next run publishes it.
        lines: to add to other files of the branch, in the same commit.

    Raises:
        UserError: nothing released ran before, ``bad`` never ran, an unfit reason, or git does not know who commits.
    """
    check_step(step)
    check_reason(why)
    leave = bad

    def decide(tip: Tip) -> Change | Done:
        nonlocal leave
        before = deployments_at(tip)
        running = before[step].version
        if leave is not None and running != str(leave):
            if not _has_run(root, tip, step, leave):
                raise UserError(f"{step} never ran {leave}; it runs {running or 'nothing'}. Name the version to leave.")
            return Done(f"{step} runs {running or 'nothing'}, not {leave} any more; nothing was changed.")
        # After a lost race it must not go back twice.
        leave = Version.parse(running) if running else None
        known = {*failed_at(tip), *([running] if failed and running else [])}
        after = rolled_back(before, step, known, empty=empty)
        runs = after[step].version
        if runs:
            _check_tag(root, Version.parse(runs), step, remote)
        remembered = {FAILED_FILE: [Failed(str(running), step, why).line]} if failed and running else {}
        return Change(
            message=[
                f"Roll back {step} to {runs or 'nothing'}",
                "",
                who(root, identity),
                f"Step: {step} ran {running or 'nothing'}, runs {runs or 'nothing'}",
                *([f"Failed: {running}"] if remembered else []),
                f"Why: {why}",
            ],
            said=f"{step} runs {runs or 'nothing'} (before: {running or 'nothing'})",
            contents={STAGES_FILE: dump_deployments(after).encode()},
            lines={**(lines or {}), **remembered},
        )

    return commit(root, decide, remote=remote, identity=identity, offline=True)


def _check_tag(root: Path, version: Version, step: str, remote: str | None) -> None:
    """Refuse a way back to what has no release tag, here or at the remote."""
    home = repository(root)
    if tag_exists(home, version):
        return
    address = remote_address(root, remote)
    name = f"refs/tags/{version.tag}"
    if address and not ask_server(home, "ls-remote", "--exit-code", "--", address, name, seconds=ASK)[0]:
        return
    raise UserError(f"{version}, which {step} ran before, has no release tag here; run `git fetch --tags`.")


def _has_run(root: Path, tip: Tip, step: str, version: Version) -> bool:
    """Whether a commit on the way to the tip let ``step`` run ``version``."""
    if tip.base is None:
        return False
    for found in git(repository(root), "rev-list", tip.base).split():
        try:
            deployments = deployments_in(contents_of(root, found).get(STAGES_FILE), found)
        except UserError:
            continue
        if deployments[step].version == str(version):
            return True
    return False
