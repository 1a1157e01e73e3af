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
from src.core.shown import shown_url
from src.repository.git import ask_server, git, outputs_at, read_at
from src.repository.server import NO_SUCH_REF, unreachable
from src.rollout.branch import BRANCH, STAGES_FILE
from src.rollout.steps import check_step, parse_deployments
from src.rollout.version import Version

# Seconds: to ask for one tag, and to bring one commit.
ASK = 20.0
BRING = 120.0
# Of the tree only small files are wanted; a server that cannot leave out others sends them.
_SMALL = "--filter=blob:limit=200k"


@dataclass(frozen=True)
class Tagged:
    """What a release tag names in a git remote: commit, the graphs in its dvc.lock by file name, the metadata."""

    commit: str
    graphs: dict[str, Output]
    metadata: bytes


def ask_tag(address: str, version: Version) -> Tagged:
    """What the tag of ``version`` names in the git remote ``address`` now.

    Raises:
        Unreachable: the remote does not answer.
        UserError: it has no such tag, or its commit names no graphs.
    """
    with _brought(address, f"refs/tags/{version.tag}") as repository:
        if repository is None:
            raise UserError(
                f"{shown_url(address)} has no tag {version.tag}, so nothing proves {version}; release it, push the tag."
            )
        commit = git(repository, "rev-parse", "FETCH_HEAD^{commit}")
        outputs = outputs_at(repository, commit)
        missing = [path for path in GRAPHS if path not in outputs]
        if missing:
            raise UserError(f"dvc.lock of {version} names no {missing[0].name}; fetch a version that was exported.")
        return Tagged(
            commit, {path.name: outputs[path] for path in GRAPHS}, read_at(repository, commit, PRODUCTION_METADATA)
        )


def moved(tag: str, now: str, before: str) -> str:
    """The sentence for a tag that names another commit than when its version was fetched."""
    return (
        f"the tag {tag} names commit {now[:12]} now, {before[:12]} when it was fetched: a release tag must never move; "
        "ask who moved it."
    )


def version_of_step(address: str, step: str, branch: str = BRANCH) -> Version:
    """The version that ``step`` runs by the stages.yaml of ``branch`` in the git remote ``address``.

    Raises:
        Unreachable: the remote does not answer.
        UserError: no such step or branch, or the step runs nothing.
    """
    check_step(step)
    shown = shown_url(address)
    with _brought(address, f"refs/heads/{branch}") as repository:
        if repository is None:
            raise UserError(f"{shown} has no branch {branch!r}, so nothing was promoted; name a version: VERSION=….")
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
        if code not in (0, NO_SUCH_REF):
            raise unreachable(address, text)
        # A pattern of ls-remote also matches the end of a longer name.
        if ref not in {line.partition("\t")[2] for line in text.splitlines()}:
            yield None
            return
        code, text = ask_server(
            repository, "fetch", "--quiet", "--no-tags", "--depth=1", _SMALL, "--", "origin", ref, seconds=BRING
        )
        if code:
            raise unreachable(address, text)
        yield repository
