"""Change `models/production/stages.yaml`: one commit, of that file alone, that says who, what and why."""

import unicodedata
from pathlib import Path

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import PRODUCTION
from src.repository.git import check_not_behind, git, git_succeeds, read_at
from src.rollout.steps import Deployments, dump_deployments, parse_deployments

STAGES_FILE = PRODUCTION / "stages.yaml"
# Control characters, invisible ones that turn the direction of text, line ends of other scripts, bytes that are no
# text: they would forge lines of the audit trail.
_UNFIT = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def committed_deployments(root: Path) -> Deployments:
    """What HEAD's stages.yaml says; the working tree's copy is never believed."""
    return deployments_in(read_at(root, "HEAD", STAGES_FILE))


def deployments_in(content: bytes) -> Deployments:
    """What the bytes of a stages.yaml say.

    Raises:
        UserError: they are no text, or as in ``parse_deployments``.
    """
    try:
        return parse_deployments(content.decode(), str(STAGES_FILE))
    except UnicodeDecodeError:
        raise UserError(f"{STAGES_FILE} is not UTF-8 text; restore it with git.") from None


def check_reason(why: str) -> None:
    """Refuse a reason that is empty or would forge a line of the commit message.

    Raises:
        UserError: saying which.
    """
    if not why.strip():
        raise UserError("the reason is empty; say why, it goes into the commit message.")
    if any(unicodedata.category(character) in _UNFIT for character in why):
        raise UserError("the reason holds a line end or another control character; write it as one line of text.")


def check_branch(root: Path, *, fetch: bool) -> None:
    """Refuse a HEAD that is no branch or is behind its upstream; ``fetch`` asks the server first.

    Raises:
        UserError: it is.
    """
    if not git_succeeds(root, "symbolic-ref", "--quiet", "HEAD"):
        raise UserError("HEAD is no branch, so the commit would be lost; check out the branch the bot follows.")
    check_not_behind(root, fetch=fetch)


def check_untouched(root: Path, expected: set[str]) -> None:
    """Refuse a file that is neither HEAD's nor ``expected``, which a killed run of the same command left.

    Raises:
        UserError: it was edited, or git is busy.
    """
    file = root / STAGES_FILE
    content = file.read_text(encoding="utf-8") if file.is_file() else ""
    if content not in expected | {read_at(root, "HEAD", STAGES_FILE).decode()}:
        raise UserError(f"{STAGES_FILE} has uncommitted changes; undo them with `git checkout -- {STAGES_FILE}`.")
    lock = Path(git(root, "rev-parse", "--git-path", "index.lock"))
    if (root / lock).exists():
        raise UserError(f"git is busy or was killed: {lock} exists; if no git runs, remove that file and try again.")


def _write(root: Path, deployments: Deployments) -> None:
    write_bytes(root / STAGES_FILE, dump_deployments(deployments).encode())


def commit_deployments(
    root: Path, before: Deployments, after: Deployments, subject: str, step: str, reasons: list[str]
) -> str:
    """Write ``after`` and commit it; what was done. ``reasons`` are the last lines of the message.

    Raises:
        UserError: git refused; the file is ``before`` again.
    """
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
