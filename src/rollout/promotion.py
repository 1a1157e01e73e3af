"""Promote and roll back: one commit each on `models/production/stages.yaml`."""

from pathlib import Path

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import ENSEMBLE, PRODUCTION
from src.repository.git import check_not_behind, git, git_succeeds, outputs_at, read_at
from src.rollout.release import failures, released, tag_exists
from src.rollout.steps import Deployments, check_stage, dump_deployments, parse_deployments, promoted, rolled_back
from src.rollout.version import Version
from src.store.integrity import fault_in
from src.store.places import Store, remote_store
from src.store.remote import check_remote

STAGES_FILE = PRODUCTION / "stages.yaml"


def committed_deployments(root: Path) -> Deployments:
    """What HEAD's stages.yaml says; the working tree's copy is never believed."""
    return _parse(read_at(root, "HEAD", STAGES_FILE))


def _parse(content: bytes) -> Deployments:
    try:
        return parse_deployments(content.decode(), str(STAGES_FILE))
    except UnicodeDecodeError:
        raise UserError(f"{STAGES_FILE} is not UTF-8 text; restore it with git.") from None


def promote(root: Path, version: Version, stage: str, why: str) -> str:
    """Let ``stage`` run ``version``; what was done. It runs there already: said, nothing changed.

    Raises:
        UserError: an unknown stage, a skipped one, an unreleased or failing version, an ensemble that is not in the
            remote, uncommitted changes of the file, or a branch that is behind its upstream.
    """
    check_stage(stage)
    found = released(root, version)
    problems = failures(root, found)
    if problems:
        raise UserError(f"{version} must not run: {'; '.join(problems)}.")
    before = committed_deployments(root)
    after = promoted(before, version, stage)
    _check_branch(root, fetch=True)
    _check_untouched(root, {dump_deployments(after)})
    if after == before:
        return f"{stage} runs {version} already; nothing was changed."
    _check_available(root, version)
    return _commit(root, before, after, f"Promote {version} to {stage}", stage, why)


def rollback(root: Path, stage: str, why: str, *, bad: Version | None = None) -> str:
    """Return ``stage`` to the version before; what was done.

    Args:
        root: the repository.
        stage: which.
        why: the reason, for the commit message.
        bad: the version to leave; when the stage does not run it any more, nothing is changed.

    Raises:
        UserError: nothing released ran before, ``bad`` never ran, an empty reason, uncommitted changes of the file, a
            branch behind its upstream, or a commit that failed.
    """
    check_stage(stage)
    before = committed_deployments(root)
    # A rollback must work while the server does not answer.
    _check_branch(root, fetch=False)
    running = before[stage].version
    if bad is not None and running != str(bad):
        _check_untouched(root, set())
        if not _has_run(root, stage, bad):
            raise UserError(f"{stage} never ran {bad}; it runs {running or 'nothing'}. Name the version to leave.")
        return f"{stage} runs {running or 'nothing'}, not {bad} any more; nothing was changed."
    after = rolled_back(before, stage)
    if not tag_exists(root, Version.parse(str(after[stage].version))):
        raise UserError(
            f"{after[stage].version}, which {stage} ran before, has no release tag here; run `git fetch --tags`."
        )
    _check_untouched(root, {dump_deployments(after)})
    return _commit(root, before, after, f"Roll back {stage} to {after[stage].version}", stage, why)


def _has_run(root: Path, stage: str, version: Version) -> bool:
    """Whether a commit on the way to HEAD let ``stage`` run ``version``."""
    for commit in git(root, "log", "--format=%H", "--", str(STAGES_FILE)).split():
        try:
            deployments = _parse(read_at(root, commit, STAGES_FILE))
        except UserError:
            continue
        if deployments[stage].version == str(version):
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


def _commit(root: Path, before: Deployments, after: Deployments, subject: str, stage: str, why: str) -> str:
    if not why.strip():
        raise UserError("the reason is empty; say why, it goes into the commit message.")
    who = git(root, "var", "GIT_COMMITTER_IDENT").rsplit(" ", 2)[0]
    left, runs = before[stage].version or "nothing", after[stage].version
    message = f"{subject}\n\nWho: {who}\nStage: {stage} ran {left}, runs {runs}\nWhy: {why}"
    _write(root, after)
    try:
        git(root, "commit", "--quiet", "--only", "--message", message, "--", str(STAGES_FILE))
    except UserError:
        # A bot that reads the tree must not follow what was not committed.
        _write(root, before)
        raise
    commit = git(root, "rev-parse", "--short", "HEAD")
    return f"{stage} runs {runs} (before: {left}), commit {commit}; publish it: git push"
