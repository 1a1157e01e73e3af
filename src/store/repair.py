"""Repair: put a good copy of every output in the place of each bad one, or make it again."""

from collections.abc import Collection
from pathlib import Path

from src.artifacts.lock import Output, locked_outputs
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.shown import shown_path
from src.repository.git import git_succeeds, outputs_at, read_at, tracked_paths
from src.repository.programs import repro
from src.store.folders import committed_files, put_back
from src.store.integrity import EVERYWHERE, examine, fault_in, places
from src.store.places import Place, Workspace, cache_store

LOCK = Path("dvc.lock")
REPLACED = Path(".dvc/tmp/dvc.lock.replaced")


def repair(
    root: Path, revision: str | None = None, *, where: Collection[str] = EVERYWHERE, make_again: bool = True
) -> list[str]:
    """What was done, one sentence each; empty when every copy was good.

    Bad copies are replaced from the workspace, the cache, the remote or git, in that order; what has no good copy
    anywhere is made again by the pipeline, and must come out with the bytes dvc.lock names.

    Args:
        root: the repository.
        revision: whose dvc.lock; None for the working tree's, whose files are repaired too.
        where: the places to repair.
        make_again: when False, bad copies that no good one can replace are removed only, so that DVC, which believes a
            read-only object unread, does not take them; the caller runs the pipeline.

    Raises:
        UserError: an output of another revision has no good copy, or a rerun gives other bytes.
    """
    # What dvc.lock says only here may be a slip or worse: a file of the workspace that agrees with it proves nothing.
    committed = outputs_at(root, revision) if revision else _committed(root)
    done = [] if revision else _repair_lock(root, committed)
    outputs = committed if revision else locked_outputs(root)
    found = places(root, revision, where)
    in_git = tracked_paths(root, revision or "HEAD")
    lost = []
    for path, output in outputs.items():
        if path in in_git:
            good = _repair_from_git(root, output, found, done)
        else:
            good = _repair_from_copies(output, found, committed.get(path) == output, done)
        if not good:
            lost.append(output)
    if lost and make_again:
        _make_again(root, lost, revision, done)
        return done + repair(root, revision, where=where)
    done += _remove_bad(lost, found)
    left = [finding for finding in examine(root, revision, where=where).findings if finding.output not in lost]
    if left:
        raise UserError(f"still bad after the repair: {left[0]}; look at that place's permissions.")
    return done


def _committed(root: Path) -> dict[Path, Output]:
    """The outputs of HEAD; none before the first dvc.lock is committed."""
    held = git_succeeds(root, "cat-file", "-e", f"HEAD:{LOCK}")
    return outputs_at(root, "HEAD") if held else {}


def _repair_lock(root: Path, committed: dict[Path, Output]) -> list[str]:
    """Take dvc.lock from git when it is unreadable or denies files that the committed one names."""
    if not committed:
        return []
    try:
        current = locked_outputs(root)
        workspace = Workspace(root)
        denied = [
            path
            for path, output in committed.items()
            if fault_in(workspace, output) is None and (path not in current or fault_in(workspace, current[path]))
        ]
        if not denied:
            return []
        why = f"denied {denied[0]}, which the committed one names"
    except UserError as error:
        why = f"could not be used ({error})"
    if (root / LOCK).is_file():
        write_bytes(root / REPLACED, (root / LOCK).read_bytes())
    write_bytes(root / LOCK, read_at(root, "HEAD", LOCK))
    return [f"dvc.lock {why}: took the committed one (the other is in {REPLACED})"]


def _repair_from_git(root: Path, output: Output, found: list[Place], done: list[str]) -> bool:
    """Whether the workspace, if it is looked at, has a good copy now of what git keeps; False when git has none."""
    workspace = next((place for place in found if isinstance(place, Workspace)), None)
    fault = workspace and fault_in(workspace, output)
    if not workspace or not fault:
        return True
    if output.is_folder:
        files = committed_files(root, output)
        if files is None:
            return False
        fault = put_back(root, output, files)
    else:
        content = read_at(root, "HEAD", output.path)
        if output.fault(content):
            return False
        workspace.replace(output, content)
    colon = ":" if output.is_folder else ""
    done.append(f"workspace: {shown_path(output.path)}{colon} {fault}: repaired from git")
    return True


def _repair_from_copies(output: Output, found: list[Place], trusted: bool, done: list[str]) -> bool:
    """Whether every place has a good copy now; False when there was none to copy."""
    faults = {place.name: fault for place in found if (fault := fault_in(place, output))}
    if not faults:
        return True
    sources = [place for place in found if place.name not in faults and (trusted or not isinstance(place, Workspace))]
    # The listing of a folder is not its files.
    if not sources or output.is_folder:
        return False
    content = sources[0].read(output)
    for place in found:
        if place.name in faults:
            place.replace(output, content)
            what = f"{place.name}: {shown_path(output.path)} {faults[place.name]}"
            done.append(f"{what}: repaired from the {sources[0].name}")
    return True


def _remove_bad(lost: list[Output], found: list[Place]) -> list[str]:
    """Remove every bad copy of what no good copy is left of; one sentence per copy that was there."""
    return [
        f"{place.name}: {shown_path(output.path)} {fault}: removed, no good copy is left"
        for output in lost
        for place in found
        if (fault := fault_in(place, output)) and place.remove(output)
    ]


def _make_again(root: Path, lost: list[Output], revision: str | None, done: list[str]) -> None:
    names = ", ".join(shown_path(output.path) for output in lost)
    if revision is not None:
        raise UserError(
            f"no good copy of {names} of {revision} is left; check that revision out and run `make repair`."
        )
    before = (root / LOCK).read_bytes()
    cache, workspace = cache_store(root), Workspace(root)
    for output in lost:
        workspace.remove(output)
        cache.remove(output)
    repro(root, *sorted({output.stage for output in lost}))
    if (root / LOCK).read_bytes() != before:
        write_bytes(root / REPLACED, (root / LOCK).read_bytes())
        write_bytes(root / LOCK, before)
        raise UserError(
            f"making {names} again gave other bytes than dvc.lock names (see {REPLACED}); "
            "`make prove` shows which outputs differ."
        )
    done.append(f"made again by the pipeline: {names}")
