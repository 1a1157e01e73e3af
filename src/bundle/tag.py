"""Ask a git remote what it says of a version: in a repository made for the question, so no local tag is believed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from src.artifacts.lock import Output
from src.bundle.loaded import GRAPHS
from src.core.errors import UserError
from src.core.paths import PRODUCTION_METADATA
from src.core.shown import shown_path, shown_url
from src.repository.git import ask_server, git, git_succeeds, outputs_at, read_at
from src.rollout.commits import STAGES_FILE
from src.rollout.steps import check_step, parse_deployments
from src.rollout.version import Version

# Seconds: to ask for one tag, and to bring one commit.
ASK = 20.0
BRING = 120.0
# Of the tree only small files are wanted; a server that cannot leave out others sends them.
_SMALL = "--filter=blob:limit=200k"
_NO_SUCH_REF = 2


class Unreachable(UserError):
    """The git remote could not be asked, so nothing is known of its tags."""


@dataclass(frozen=True)
class Tagged:
    """What a release tag names in a git remote: commit, the graphs in its dvc.lock by file name, the metadata."""

    commit: str
    graphs: dict[str, Output]
    metadata: bytes


def git_address(root: Path, given: str | None) -> str:
    """The address of a git remote: of the remote that ``given`` names in the checkout ``root``, or ``given`` itself.

    Args:
        root: a checkout, or any folder.
        given: a remote's name, an URL or a folder; None for `origin`.

    Raises:
        UserError: none was given and there is no `origin`.
    """
    if git_succeeds(root, "remote", "get-url", "--", given or "origin"):
        return _absolute(git(root, "remote", "get-url", "--", given or "origin"), root)
    if given is None:
        raise Unreachable("this folder has no git remote `origin`; say which holds the release tags: GIT=<url>.")
    return _absolute(given, Path.cwd())


def ask_tag(address: str, version: Version) -> Tagged:
    """What the tag of ``version`` names in the git remote ``address`` now.

    Raises:
        Unreachable: the remote does not answer.
        UserError: it has no such tag, or its commit names no graphs.
    """
    with _brought(address, f"refs/tags/{version.tag}") as repository:
        if repository is None:
            raise UserError(f"{shown_url(address)} has no tag {version.tag}, so nothing proves {version}; release it.")
        commit = git(repository, "rev-parse", "FETCH_HEAD^{commit}")
        outputs = outputs_at(repository, commit)
        missing = [path for path in GRAPHS if path not in outputs]
        if missing:
            raise UserError(f"dvc.lock of {version} names no {missing[0].name}; fetch a version that was exported.")
        return Tagged(
            commit, {path.name: outputs[path] for path in GRAPHS}, read_at(repository, commit, PRODUCTION_METADATA)
        )


def version_of_step(address: str, step: str, branch: str | None = None) -> Version:
    """The version that ``step`` runs by the stages.yaml of ``branch``, or of the remote's default branch.

    Raises:
        Unreachable: the remote does not answer.
        UserError: no such step or branch, or the step runs nothing.
    """
    check_step(step)
    shown = shown_url(address)
    with _brought(address, f"refs/heads/{branch}" if branch else "HEAD") as repository:
        if repository is None:
            raise UserError(f"{shown} has no branch {branch or 'HEAD'!r}; name the one that holds {STAGES_FILE}.")
        text = read_at(repository, "FETCH_HEAD", STAGES_FILE).decode(errors="replace")
    running = parse_deployments(text, f"{STAGES_FILE} of {shown}")[step].version
    if running is None:
        raise UserError(f"{step} runs nothing; promote a version to it, or name one: VERSION=v1.2.0.")
    return Version.parse(running)


@contextmanager
def _brought(address: str, ref: str) -> Iterator[Path | None]:
    """An empty repository with the one commit of ``ref``, as FETCH_HEAD; None when there is no such ref."""
    with tempfile.TemporaryDirectory(prefix="tag-") as folder:
        repository = Path(folder)
        git(repository, "init", "--quiet", "--bare")
        git(repository, "remote", "add", "--", "origin", address)
        code, text = ask_server(repository, "ls-remote", "--exit-code", "--", "origin", ref, seconds=ASK)
        if code not in (0, _NO_SUCH_REF):
            raise _unreachable(address, text)
        # A pattern of ls-remote also matches the end of a longer name.
        if ref not in {line.partition("\t")[2] for line in text.splitlines()}:
            yield None
            return
        code, text = ask_server(
            repository, "fetch", "--quiet", "--no-tags", "--depth=1", _SMALL, "--", "origin", ref, seconds=BRING
        )
        if code:
            raise _unreachable(address, text)
        yield repository


def _unreachable(address: str, text: str) -> Unreachable:
    lines = [line for line in text.replace(address, shown_url(address)).splitlines() if line.strip()]
    # Warnings come first; the reason is the first line that git calls fatal.
    reason = next((line for line in lines if line.startswith("fatal: ")), (lines or ["no reason given"])[0])
    told = shown_path(reason.removeprefix("fatal: "))
    return Unreachable(f"the git remote {shown_url(address)} could not be asked ({told}); check address and network.")


def _absolute(address: str, folder: Path) -> str:
    """A folder's path as an absolute one, since git is asked from elsewhere."""
    return str((folder / address).resolve()) if (folder / address).is_dir() else address
