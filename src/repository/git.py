"""Ask git, and read files as a revision holds them."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from src.artifacts.lock import Output, parse_outputs
from src.core.errors import UserError

# The artifact of dvc.yaml whose versions are released; its tags are production-ensemble@v1.2.0.
ARTIFACT = "production-ensemble"
_NOT_INSTALLED = UserError("git is not installed; install it.")


def git(root: Path, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
    """What `git <arguments>` prints in ``root``, without the last line end.

    Args:
        root: where it runs.
        arguments: of the command.
        given: its standard input.
        variables: of its environment, beside those of this process.

    Raises:
        UserError: git failed; the sentence is git's own.
    """
    return _git(root, *arguments, given=given, variables=variables).decode().rstrip("\n")


def git_succeeds(root: Path, *arguments: str) -> bool:
    """Whether the command ends with 0."""
    return _run(root, *arguments).returncode == 0


def git_or_none(root: Path, *arguments: str) -> str | None:
    """As ``git``; None where it fails."""
    result = _run(root, *arguments)
    return None if result.returncode else result.stdout.decode().rstrip("\n")


def ask_server(root: Path, *arguments: str, seconds: float) -> tuple[int, str]:
    """The exit code of `git <arguments>`, a command that talks to a server, and what it printed; 124 after ``seconds``.

    It never waits for a password: a bot has nobody who types one.
    """
    environment = _environment() | {"GIT_TERMINAL_PROMPT": "0"}
    pipe = subprocess.PIPE
    try:
        # In a session of its own ssh finds no terminal to ask on, and its helpers end with it.
        process = subprocess.Popen(
            ("git", *arguments), cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe,
            start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise _NOT_INSTALLED from None
    try:
        printed, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {seconds:.0f} s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    text = (errors if process.returncode else printed).decode(errors="replace")
    return process.returncode, text


def read_at(root: Path, revision: str, path: Path) -> bytes:
    """The bytes of ``path`` in ``revision``.

    Raises:
        UserError: the revision has no such file.
    """
    result = _run(root, "show", f"{resolve(root, revision)}:{path.as_posix()}")
    if result.returncode:
        raise UserError(f"{path} is not in revision {revision}; name a revision that has it.")
    return result.stdout


def read_all_at(root: Path, commit: str, paths: Sequence[Path]) -> dict[Path, bytes]:
    """The bytes of those ``paths`` that ``commit`` holds, asked in one go."""
    asked = "".join(f"{commit}:{path.as_posix()}\n" for path in paths)
    rest = _git(root, "cat-file", "--batch", given=asked.encode(), variables=None)
    found = {}
    for path in paths:
        # `<name> <kind> <bytes>`, or `<asked> missing`.
        head, _, rest = rest.partition(b"\n")
        if head.split()[-1].isdigit():
            size = int(head.split()[-1])
            found[path], rest = rest[:size], rest[size + 1 :]
    return found


def resolve(root: Path, revision: str) -> str:
    """The commit that ``revision`` names, as 40 hex digits; the version v1.2.0 names its tag's.

    Raises:
        UserError: there is no such commit here; in a shallow clone the sentence says what to fetch.
    """
    for name in (revision, f"origin/{revision}", f"{ARTIFACT}@{revision}"):
        result = _run(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if not result.returncode:
            return result.stdout.decode().strip()
    if git(root, "rev-parse", "--is-shallow-repository") == "true":
        remedy = f"fetch it: git fetch --depth 1 origin {revision}:refs/remotes/origin/{revision}"
        raise UserError(f"revision {revision!r} is not in this shallow clone; {remedy}")
    raise UserError(f"there is no revision {revision!r} here; `git log --all` and `git tag` show what there is.")


def outputs_at(root: Path, revision: str) -> dict[Path, Output]:
    """As ``locked_outputs``, of the dvc.lock in ``revision``."""
    # Bytes that are no text make it no YAML, which is told.
    text = read_at(root, revision, Path("dvc.lock")).decode(errors="replace")
    return parse_outputs(text, f"dvc.lock of {revision}")


def tracked_paths(root: Path, revision: str) -> set[Path]:
    """The files git holds in ``revision``, and their folders."""
    return {path for file in tracked_files(root, revision) for path in (file, *file.parents)}


def tracked_files(root: Path, revision: str) -> set[Path]:
    """The files git holds in ``revision``."""
    listed = git(root, "ls-tree", "-r", "-z", "--name-only", resolve(root, revision))
    return {Path(name) for name in listed.split("\0") if name}


def check_clean(root: Path, what: str) -> None:
    """Refuse a tree with uncommitted changes.

    Raises:
        UserError: naming the first changed file.
    """
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        more = f" and {len(changed) - 1} more are" if len(changed) > 1 else " is"
        raise UserError(f"{what} needs a clean tree: {changed[0][3:]}{more} not committed; commit or stash.")


def check_not_behind(root: Path, *, fetch: bool) -> None:
    """Refuse a branch that lacks commits of its upstream branch, if it has one.

    Args:
        root: the repository.
        fetch: ask the server first; without, what was fetched last counts.

    Raises:
        UserError: it lacks some, or the server does not answer.
    """
    if not git_succeeds(root, "rev-parse", "--verify", "--quiet", "@{upstream}"):
        return
    if fetch and not git_succeeds(root, "fetch", "--quiet"):
        raise UserError("the upstream branch could not be fetched; check the network and try again.")
    behind = git(root, "rev-list", "--count", "HEAD..@{upstream}")
    if behind != "0":
        name = git(root, "rev-parse", "--abbrev-ref", "@{upstream}")
        # After a rebase the release tags would name commits that the branch does not have.
        raise UserError(f"{name} is ahead of this branch by {behind}; run `git pull --no-rebase`, then try again.")


def _git(root: Path, *arguments: str, given: bytes, variables: Mapping[str, str] | None) -> bytes:
    result = _run(root, *arguments, given=given, variables=variables)
    if result.returncode:
        lines = result.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        if any("empty ident" in line or "identity unknown" in line for line in lines):
            raise UserError(
                "git does not know who you are; run `git config user.name …` and `git config user.email …`."
            )
        raise UserError(f"git {arguments[0]}: {lines[0].removeprefix('fatal: ')}")
    return result.stdout


def _run(
    root: Path, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = _environment() | dict(variables or {})
    try:
        return subprocess.run(
            ("git", *arguments), cwd=root, env=environment, input=given, check=False, capture_output=True
        )
    except FileNotFoundError:
        raise _NOT_INSTALLED from None


def _environment() -> dict[str, str]:
    # A hook of git names its own repository; without optional locks a look at the state never collides with another
    # git command.
    kept = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
