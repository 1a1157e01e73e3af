"""Change the branch `rollout`: one commit that says who, what and why, published where there is a remote."""

import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from src.core.errors import UserError
from src.core.shown import shown_url
from src.repository.git import git
from src.repository.server import Unreachable
from src.rollout.branch import (
    BRANCH,
    STAGES_FILE,
    Contents,
    Identity,
    Tip,
    contents_of,
    fetch,
    make_commit,
    move_own,
    parent_contents,
    push,
    read_own,
    read_tip,
    remote_address,
    repository,
)
from src.rollout.merge import deployments_in, merged
from src.rollout.steps import Deployments

ORIGIN = "origin"
# How often a lost race is run again.
TRIES = 10
# Seconds before each look whether somebody was.
WAITS = (0.0, 0.5)
# Control characters, invisible ones that turn the direction of text, line ends of other scripts, bytes that are no
# text: they would forge lines of the audit trail.
_UNFIT = {"Cc", "Cf", "Zl", "Zp", "Cs"}
# Lines to add to files of the branch.
Lines = Mapping[Path, Sequence[str]]


@dataclass(frozen=True)
class Change:
    """A commit to be made: the files it changes, the lines it adds to lists, its message, and what to say of it."""

    message: Sequence[str]
    said: str
    contents: Contents = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What was done.

    Attributes:
        said: in one sentence.
        commit: that says so; None where nothing was to be changed.
        unpublished: why the remote's branch does not hold it yet; None where it does, or there is no remote.
    """

    said: str
    commit: str | None = None
    unpublished: str | None = None

    def __str__(self) -> str:
        if self.unpublished is None:
            return self.said
        return f"{self.said}. It is not published yet: {self.unpublished.rstrip('.')}. Run the command again for that."


def committed_deployments(root: Path, remote: str | None = ORIGIN) -> Deployments:
    """What each step runs by the branch `rollout`, as it is known here; nothing before the first promotion."""
    return deployments_at(read_tip(root, remote))


def deployments_at(tip: Tip) -> Deployments:
    """What each step runs."""
    return deployments_in(tip.contents.get(STAGES_FILE), str(STAGES_FILE))


def check_reason(why: str) -> None:
    """Refuse a reason that is empty or would forge a line of the commit message.

    Raises:
        UserError: saying which.
    """
    if not why.strip():
        raise UserError("the reason is empty; say why, it goes into the commit message.")
    if any(unicodedata.category(character) in _UNFIT for character in why):
        raise UserError("the reason holds a line end or another control character; write it as one line of text.")


def who(root: Path, identity: Identity | None) -> str:
    """The line of a message that names who commits.

    Raises:
        UserError: git does not know.
    """
    variables = identity.variables("COMMITTER") if identity else {}
    return "Who: " + git(repository(root), "var", "GIT_COMMITTER_IDENT", variables=variables).rsplit(" ", 2)[0]


def commit(
    root: Path,
    decide: Callable[[Tip], Change | Done],
    *,
    remote: str | None = ORIGIN,
    identity: Identity | None = None,
    offline: bool = False,
) -> Done:
    """Make the commit that ``decide`` wants on what the branch holds, and publish it.

    Killed at any moment and run again it ends right: what was committed and not published is published then. When
    somebody else was faster, what is not published is carried over to their commits, and ``decide`` is asked again.

    Args:
        root: of the repository.
        decide: what to commit, or why there is nothing to do; it is asked again after a lost race, so that a second
            call on its own result must find nothing to do.
        remote: name, URL or folder of the git remote; one that is not there is none.
        identity: who commits; None: whoever git says.
        offline: whether it shall be done where the remote does not answer too: here first, published later.

    Raises:
        UserError: as ``decide``, ``fetch`` and ``make_commit``; or the remote refuses it and ``offline`` is not given:
            nothing was changed then.
    """
    address = remote_address(root, remote)
    said = ""
    for _ in range(TRIES):
        silent = _ask(root, address, offline=offline)
        tip = synchronised(root, remote, identity)
        wanted, new = decide(tip), tip.base
        if isinstance(wanted, Change):
            contents = wanted.contents | _added(tip.contents, wanted.lines)
            new = make_commit(root, tip.base, contents, "\n".join(wanted.message), _variables(identity))
            said = wanted.said
        if offline and not _moved(root, new, tip):
            continue
        reason = silent
        if address and not silent and new and new != tip.published:
            reason = push(root, address, new)
            if reason and _raced(root, address, tip):
                continue
        if reason and not offline:
            raise UserError(f"{shown_url(str(address))} does not take the commit ({reason}); nothing was changed.")
        if not _moved(root, new, tip):
            continue
        unpublished = reason if new != tip.published else None
        if said and new:
            return Done(f"{said}, commit {new[:7]}", new, unpublished)
        return Done(str(wanted.said), None, unpublished)
    raise UserError(f"the branch {BRANCH} was changed by others {TRIES} times meanwhile; run it again.")


def _moved(root: Path, new: str | None, tip: Tip) -> bool:
    """Let the own branch name ``new``; whether it does, or did before."""
    if new is None or read_own(root) == new:
        return True
    return move_own(root, new, tip.own)


def synchronised(root: Path, remote: str | None, identity: Identity | None = None) -> Tip:
    """The tip, with the pending commits of the own branch made again on what the remote's holds.

    Raises:
        UserError: as ``make_commit``.
    """
    tip = read_tip(root, remote)
    base = tip.base
    for pending in tip.pending:
        now = contents_of(root, base)
        contents = merged(now, parent_contents(root, pending), contents_of(root, pending), STAGES_FILE)
        changed = {path: content for path, content in contents.items() if now.get(path) != content}
        if not changed:
            continue
        name, email, date, message = git(
            repository(root), "show", "--no-patch", "--format=%an%x00%ae%x00%ad%x00%B", "--date=raw", pending
        ).split("\0")
        variables = Identity(name, email).variables("AUTHOR") | {"GIT_AUTHOR_DATE": date}
        if identity:
            variables |= identity.variables("COMMITTER")
        base = make_commit(root, base, changed, message.strip(), variables)
    if not tip.pending:
        return tip
    if base is not None and not move_own(root, base, tip.own):
        return synchronised(root, remote, identity)
    return Tip(base, base, tip.published, (), tip.contents)


def _ask(root: Path, address: str | None, *, offline: bool) -> str | None:
    """Learn what the remote holds; why it did not answer, where that may be."""
    if address is None:
        return None
    try:
        fetch(root, address)
    except Unreachable as error:
        if not offline:
            raise
        return str(error)
    return None


def _raced(root: Path, address: str, tip: Tip) -> bool:
    """Whether the remote's branch is another than before: somebody was faster."""
    for wait in WAITS:
        # Their push may be under way.
        time.sleep(wait)
        if _ask(root, address, offline=True):
            return False
        if read_tip(root, address).published != tip.published:
            return True
    return False


def _added(contents: Contents, lines: Lines) -> Contents:
    return {
        path: contents.get(path, b"") + "".join(f"{line}\n" for line in new).encode()
        for path, new in lines.items()
        if new
    }


def _variables(identity: Identity | None) -> dict[str, str]:
    return {**identity.variables("AUTHOR"), **identity.variables("COMMITTER")} if identity else {}
