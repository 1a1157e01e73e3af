"""Roll a step back: one commit on `models/production/stages.yaml`. It needs git alone, no remote and no DVC."""

from pathlib import Path

from src.core.errors import UserError
from src.repository.git import git, read_at
from src.rollout.commits import (
    STAGES_FILE,
    check_branch,
    check_reason,
    check_untouched,
    commit_deployments,
    committed_deployments,
    deployments_in,
)
from src.rollout.steps import check_step, dump_deployments, rolled_back
from src.rollout.version import Version, tag_exists


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
    check_reason(why)
    before = committed_deployments(root)
    # A rollback must work while the server does not answer.
    check_branch(root, fetch=False)
    running = before[step].version
    if bad is not None and running != str(bad):
        check_untouched(root, set())
        if not _has_run(root, step, bad):
            raise UserError(f"{step} never ran {bad}; it runs {running or 'nothing'}. Name the version to leave.")
        return f"{step} runs {running or 'nothing'}, not {bad} any more; nothing was changed."
    after = rolled_back(before, step)
    if not tag_exists(root, Version.parse(str(after[step].version))):
        raise UserError(
            f"{after[step].version}, which {step} ran before, has no release tag here; run `git fetch --tags`."
        )
    check_untouched(root, {dump_deployments(after)})
    return commit_deployments(root, before, after, f"Roll back {step} to {after[step].version}", step, [f"Why: {why}"])


def _has_run(root: Path, step: str, version: Version) -> bool:
    """Whether a commit on the way to HEAD let ``step`` run ``version``."""
    for commit in git(root, "log", "--format=%H", "--", str(STAGES_FILE)).split():
        try:
            deployments = deployments_in(read_at(root, commit, STAGES_FILE))
        except UserError:
            continue
        if deployments[step].version == str(version):
            return True
    return False
