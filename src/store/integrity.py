"""Walk workspace, cache and remote for a revision and name every missing or altered object."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from src.artifacts.lock import Output, locked_outputs
from src.core.errors import UserError
from src.core.shown import shown_path
from src.repository.git import outputs_at, read_at, tracked_paths
from src.store.folders import folder_fault
from src.store.places import Place, Store, Workspace, cache_store, remote_store
from src.store.remote import check_remote, is_set_up

HERE = ("workspace", "cache")
EVERYWHERE = (*HERE, "remote")


@dataclass(frozen=True)
class Finding:
    """A copy that is not what dvc.lock says."""

    place: str
    output: Output
    fault: str

    def __str__(self) -> str:
        return f"{self.place}: {shown_path(self.output.path)} (md5 {self.output.md5}) {self.fault}"


@dataclass(frozen=True)
class Examination:
    """How many copies were read where, and which of them are bad."""

    counts: dict[str, int]
    findings: list[Finding]
    notes: list[str]


def examine(root: Path, revision: str | None = None, *, where: Collection[str] = EVERYWHERE) -> Examination:
    """Read every copy of every output and compare it with dvc.lock.

    Args:
        root: the repository.
        revision: whose dvc.lock; None for the working tree's, whose files are examined too.
        where: the places to look at.

    Raises:
        UserError: no such revision, an unreadable dvc.lock, or an unusable remote.
    """
    outputs = locked_outputs(root) if revision is None else outputs_at(root, revision)
    in_git = tracked_paths(root, revision or "HEAD")
    stored = [output for path, output in outputs.items() if path not in in_git]
    counts, findings = {}, []
    for place in places(root, revision, where):
        held = list(outputs.values()) if isinstance(place, Workspace) else stored
        counts[place.name] = len(held)
        faults = [(output, fault_in(place, output)) for output in held]
        findings += [Finding(place.name, output, fault) for output, fault in faults if fault]
    return Examination(counts, findings, _notes(root, revision, where))


def summary(findings: Sequence[Finding]) -> str:
    """The first finding, and how many there are beside it."""
    return f"{findings[0]}{f' and {len(findings) - 1} more' if len(findings) > 1 else ''}"


def chosen(root: Path, names: list[str] | None) -> Collection[str]:
    """The places a user asked for; when none is named all of them, the remote only if one is set up.

    Raises:
        UserError: there is no such place.
    """
    for name in names or []:
        if name not in EVERYWHERE:
            raise UserError(f"{name!r} is no place for copies; there are {', '.join(EVERYWHERE)}.")
    return names or (EVERYWHERE if is_set_up(root) else HERE)


def left_out(where: Collection[str]) -> list[str]:
    """One sentence per place that is not looked at."""
    return [f"{place}: not examined" for place in EVERYWHERE if place not in where]


def places(root: Path, revision: str | None, where: Collection[str] = EVERYWHERE) -> list[Place]:
    """The places to look at, the nearest first; a remote that cannot be used raises ``UserError``.

    The workspace holds the files of no other revision than the working tree's.
    """
    found: list[Place] = [Workspace(root)] if revision is None and "workspace" in where else []
    if "cache" in where:
        found.append(cache_store(root))
    if "remote" in where:
        check_remote(root)
        found.append(Store("remote", remote_store(root)))
    return found


def fault_in(place: Place, output: Output) -> str | None:
    """What is wrong with the copy of ``output`` in ``place``; None when it is good.

    Of a folder in the workspace that git keeps, the bad files are named.
    """
    fault = _fault(place, output)
    if fault and output.is_folder and isinstance(place, Workspace):
        return folder_fault(place.root, output) or fault
    return fault


def _fault(place: Place, output: Output) -> str | None:
    try:
        return output.fault(place.read(output))
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"


def _notes(root: Path, revision: str | None, where: Collection[str]) -> list[str]:
    notes = left_out(where)
    if revision is None and (root / "dvc.lock").read_bytes() != read_at(root, "HEAD", Path("dvc.lock")):
        notes.append("dvc.lock is not the committed one: commit it, or `git checkout -- dvc.lock`")
    return notes
