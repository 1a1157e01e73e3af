"""Promote and roll back: one commit each on `models/production/stages.yaml`."""

from pathlib import Path

from src.artifacts.files import write_bytes
from src.artifacts.promotion import Deployments, check_stage, dump_deployments, parse_deployments, promoted, rolled_back
from src.artifacts.release import Version
from src.errors import UserError
from src.management.git import git, git_succeeds, outputs_at, read_at
from src.management.integrity import fault_in
from src.management.objects import Store, remote_store
from src.management.release import failures, released
from src.management.remote import check_remote
from src.paths import ENSEMBLE, PRODUCTION

STAGES_FILE = PRODUCTION / "stages.yaml"


def committed_deployments(root: Path) -> Deployments:
    """What HEAD's stages.yaml says; the working tree's copy is never believed."""
    return parse_deployments(read_at(root, "HEAD", STAGES_FILE).decode(), str(STAGES_FILE))


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
        _write(root, before)
        return f"{stage} runs {version} already; nothing was changed."
    _check_available(root, version)
    return _commit(root, after, f"Promote {version} to {stage}", before[stage].version, stage, why)


def rollback(root: Path, stage: str, why: str, *, bad: Version | None = None) -> str:
    """Return ``stage`` to the version before; what was done.

    Args:
        root: the repository.
        stage: which.
        why: the reason, for the commit message.
        bad: the version to leave; when the stage does not run it, nothing is changed.

    Raises:
        UserError: nothing ran before, uncommitted changes of the file, or a branch behind its upstream.
    """
    check_stage(stage)
    before = committed_deployments(root)
    _check_branch(root, fetch=False)
    running = before[stage].version
    if bad is not None and running != str(bad):
        _check_untouched(root, set())
        return f"{stage} runs {running or 'nothing'}, not {bad}; nothing was changed."
    after = rolled_back(before, stage)
    _check_untouched(root, {dump_deployments(after)})
    return _commit(root, after, f"Roll back {stage} to {after[stage].version}", running, stage, why)


def _check_branch(root: Path, *, fetch: bool) -> None:
    if not git_succeeds(root, "symbolic-ref", "--quiet", "HEAD"):
        raise UserError("HEAD is no branch, so the commit would be lost; check out the branch the bot follows.")
    if not git_succeeds(root, "rev-parse", "--verify", "--quiet", "@{upstream}"):
        return
    # A rollback must work while the server does not answer.
    if fetch and not git_succeeds(root, "fetch", "--quiet"):
        raise UserError("the upstream branch could not be fetched; check the network and try again.")
    behind = git(root, "rev-list", "--count", "HEAD..@{upstream}")
    if behind != "0":
        name = git(root, "rev-parse", "--abbrev-ref", "@{upstream}")
        raise UserError(f"this branch lacks {behind} commits of {name}; run `git pull --rebase`, then try again.")


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


def _commit(root: Path, after: Deployments, subject: str, left: str | None, stage: str, why: str) -> str:
    _write(root, after)
    who = git(root, "var", "GIT_COMMITTER_IDENT").rsplit(" ", 2)[0]
    message = (
        f"{subject}\n\nWho: {who}\nStage: {stage} ran {left or 'nothing'}, runs {after[stage].version}\nWhy: {why}"
    )
    git(root, "commit", "--quiet", "--only", "--message", message, "--", str(STAGES_FILE))
    commit = git(root, "rev-parse", "--short", "HEAD")
    return f"{stage} runs {after[stage].version} (before: {left or 'nothing'}), commit {commit}; publish it: git push"
