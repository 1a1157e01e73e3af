"""The branch `rollout` of this repository: a tree of a few small files, read and committed without a working tree.

It lives in three refs: the own branch, what the remote's was when it was last fetched, and, in a fresh clone, git's own
copy of that. Commits of the own branch that the remote's does not have yet are carried over to it (``merge``).
"""

import hashlib
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from src.core.errors import UserError
from src.core.paths import PRODUCTION
from src.core.shown import shown_url
from src.repository.git import ask_server, git, git_or_none, git_succeeds, read_all_at
from src.repository.server import NO_SUCH_REF, git_address, reason_in, unreachable
from src.rollout.merge import merged

BRANCH = "rollout"
OWN = f"refs/heads/{BRANCH}"
STAGES_FILE = PRODUCTION / "stages.yaml"
# One JSON object a line; lines are only ever added.
FAILED_FILE = PRODUCTION / "failed_versions.jsonl"
HEADS_FILE = PRODUCTION / "audit_heads.jsonl"
FILES = (STAGES_FILE, FAILED_FILE, HEADS_FILE)
# Seconds to ask the remote, and to bring or send the branch.
ASK = 10.0
BRING = 30.0
# Seconds to wait for another process of this machine that moves the branch.
LOCKED = 0.3
_NOTHING = "0" * 40

Contents = dict[Path, bytes]


@dataclass(frozen=True)
class Identity:
    """Who commits."""

    name: str
    email: str

    def variables(self, role: str) -> dict[str, str]:
        """For git's environment; the role is AUTHOR or COMMITTER."""
        return {f"GIT_{role}_NAME": self.name, f"GIT_{role}_EMAIL": self.email}


@dataclass(frozen=True)
class Tip:
    """What the branch holds now.

    Attributes:
        base: the commit that the next one follows; None before the first.
        own: what the own branch names.
        published: what the remote's branch named when it was last fetched.
        pending: own commits that ``base`` does not have, oldest first.
        contents: of ``FILES``, the pending commits carried over; a file that is not there has no entry.
    """

    base: str | None
    own: str | None
    published: str | None
    pending: tuple[str, ...]
    contents: Contents


def repository(root: Path) -> Path:
    """Where the branch lies: in the checkout ``root``, or, where that is none (a container), in a bare repository."""
    if (root / ".git").exists():
        return root
    bare = root / ".live" / f"{BRANCH}.git"
    if not (bare / "HEAD").is_file():
        bare.mkdir(parents=True, exist_ok=True)
        git(bare, "init", "--quiet", "--bare")
    return bare


def remote_address(root: Path, remote: str | None) -> str | None:
    """The address of ``remote``: a name, an URL or a folder; None where there is no remote of this name."""
    if remote is None:
        return None
    if git_succeeds(repository(root), "remote", "get-url", "--", remote):
        return git_address(repository(root), remote)
    return git_address(root, remote) if any(letter in remote for letter in "/:\\") else None


def fetch(root: Path, address: str) -> None:
    """Learn what the remote's branch holds now; costs one question where that is known already.

    Raises:
        Unreachable: it does not answer.
        UserError: its history was rewritten: the branch is the audit trail, which only grows.
    """
    home = repository(root)
    code, text = ask_server(home, "ls-remote", "--exit-code", "--", address, OWN, seconds=ASK)
    if code == NO_SUCH_REF:
        return
    if code:
        raise unreachable(address, text)
    found = next((line.partition("\t")[0] for line in text.splitlines() if line.endswith(f"\t{OWN}")), None)
    known = _ref(home, _tracking(address))
    if found is None or found == known:
        return
    arguments = ("fetch", "--no-tags", "--no-write-fetch-head", "--no-auto-gc")
    code, text = ask_server(home, *arguments, "--", address, f"{OWN}:{_tracking(address)}", seconds=BRING)
    # Another process of this machine may have fetched it meanwhile.
    if code and _ref(home, _tracking(address)) != found:
        if "rejected" in text:
            raise UserError(
                f"the branch {BRANCH} of {shown_url(address)} was rewritten: it does not hold {str(known)[:12]} any "
                f"more. It is the audit trail; ask who did it. To believe it: git update-ref -d {_tracking(address)}"
            )
        raise unreachable(address, text)


def push(root: Path, address: str, commit: str) -> str | None:
    """Let the remote's branch name ``commit``, if that follows what it names now; None, or why it does not."""
    home = repository(root)
    code, text = ask_server(home, "push", "--quiet", "--no-verify", "--", address, f"{commit}:{OWN}", seconds=BRING)
    if code:
        return reason_in(address, text)
    git(home, "update-ref", _tracking(address), commit)
    return None


def read_tip(root: Path, remote: str | None) -> Tip:
    """What the branch holds, by what is known here; asks nobody."""
    home = repository(root)
    own, known = _ref(home, OWN), _known(root, home, remote)
    if own is None or known is None or own == known or _follows(home, own, known):
        base = own or known
        return Tip(base, own, known, (), _contents(home, base))
    contents = _contents(home, known)
    if _follows(home, known, own):
        return Tip(known, own, known, (), contents)
    pending = tuple(git(home, "rev-list", "--reverse", f"{known}..{own}").split())
    for commit in pending:
        contents = merged(contents, parent_contents(root, commit), _contents(home, commit), STAGES_FILE)
    return Tip(known, own, known, pending, contents)


def read_own(root: Path) -> str | None:
    """The commit that the own branch names."""
    return _ref(repository(root), OWN)


def contents_of(root: Path, commit: str | None) -> Contents:
    """The files of a commit of the branch."""
    return _contents(repository(root), commit)


def parent_contents(root: Path, commit: str) -> Contents:
    """The files of the commit before."""
    home = repository(root)
    return _contents(home, _ref(home, f"{commit}^"))


def make_commit(
    root: Path, parent: str | None, contents: Contents, message: str, variables: Mapping[str, str] | None = None
) -> str:
    """A commit on ``parent`` in which the files ``contents`` are so, and others as before; no branch names it yet.

    Args:
        root: of the repository.
        parent: None for the first of the branch.
        contents: of the files that it changes.
        message: of the commit.
        variables: of git's environment, as who commits and when.

    Raises:
        UserError: git does not know who commits, or the disk refuses.
    """
    home = repository(root)
    with tempfile.TemporaryDirectory(prefix="rollout-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if parent:
            git(home, "read-tree", parent, variables=index)
        for path, content in contents.items():
            blob = git(home, "hash-object", "-w", "--stdin", given=content)
            git(home, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path.as_posix()}", variables=index)
        tree = git(home, "write-tree", variables=index)
    parents = ("-p", parent) if parent else ()
    return git(home, "commit-tree", tree, *parents, given=message.encode(), variables=variables)


def move_own(root: Path, commit: str, before: str | None) -> bool:
    """Let the own branch name ``commit``, if it still names ``before``; whether it does.

    Raises:
        UserError: the branch is checked out here, so that its files would seem changed; or a killed git left a lock.
    """
    home = repository(root)
    if git_or_none(home, "symbolic-ref", "--quiet", "HEAD") == OWN and home == root:
        raise UserError(f"the branch {BRANCH} is checked out here; check out another: git checkout main")
    if git_succeeds(home, "update-ref", "-m", "rollout", OWN, commit, before or _NOTHING):
        return True
    lock = home / git(home, "rev-parse", "--git-path", f"{OWN}.lock")
    # Another process holds it for some milliseconds.
    time.sleep(LOCKED)
    if lock.exists():
        raise UserError(f"git is busy or was killed: {lock} exists; if no git runs, remove that file and try again.")
    return False


def _tracking(address: str) -> str:
    return f"refs/{BRANCH}/{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def _known(root: Path, home: Path, remote: str | None) -> str | None:
    address = remote_address(root, remote)
    if address is None:
        return None
    ours, theirs = _ref(home, _tracking(address)), _ref(home, f"refs/remotes/{remote}/{BRANCH}")
    # What a plain `git fetch` or `git clone` brought counts too, unless it was rewritten.
    if ours is None or (theirs is not None and ours != theirs and _follows(home, theirs, ours)):
        return theirs
    return ours


def _ref(home: Path, name: str) -> str | None:
    return git_or_none(home, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def _follows(home: Path, later: str, earlier: str) -> bool:
    return git_succeeds(home, "merge-base", "--is-ancestor", earlier, later)


def _contents(home: Path, commit: str | None) -> Contents:
    return {} if commit is None else read_all_at(home, commit, FILES)
