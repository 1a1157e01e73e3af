"""Repair: put a good copy of every output in the place of each bad one, or make it again."""

from collections.abc import Collection, Iterable
from pathlib import Path

from src.artifacts.lock import Output, locked_outputs
from src.core.errors import UserError
from src.core.files import write_bytes
from src.repository.git import outputs_at, read_at, tracked_paths
from src.repository.programs import repro
from src.store.integrity import EVERYWHERE, examine, fault_in, places
from src.store.places import Place, Workspace, cache_store

LOCK = Path("dvc.lock")
REPLACED = Path(".dvc/tmp/dvc.lock.replaced")


def restore(root: Path, revision: str | None = None, *, where: Collection[str] = EVERYWHERE) -> list[str]:
    """What was done, one sentence each; empty when every copy was good.

    Bad copies are replaced from the workspace, the cache, the remote or git, in that order; what has no good copy
    anywhere is made again by the pipeline, and must come out with the bytes dvc.lock names.

    Raises:
        UserError: an output of another revision has no good copy, or a rerun gives other bytes.
    """
    # What dvc.lock says only here may be a slip or worse: a file of the workspace that agrees with it proves nothing.
    committed = outputs_at(root, revision or "HEAD")
    done = _restore_lock(root, committed) if revision is None else []
    outputs = locked_outputs(root) if revision is None else committed
    found = places(root, revision, where)
    in_git = tracked_paths(root, revision or "HEAD")
    lost = [
        output
        for path, output in outputs.items()
        if not _restore_output(
            root, output, _holders(found, path in in_git), path in in_git, committed.get(path) == output, done
        )
    ]
    if lost:
        _make_again(root, lost, revision, done)
        return done + restore(root, revision, where=where)
    left = examine(root, revision, where=where).findings
    if left:
        raise UserError(f"still bad after the repair: {left[0]}; look at that place's permissions.")
    return done


def _restore_lock(root: Path, committed: dict[Path, Output]) -> list[str]:
    """Take dvc.lock from git when it is unreadable or denies files that the committed one names."""
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


def _holders(found: list[Place], in_git: bool) -> list[Place]:
    return [place for place in found if not in_git or isinstance(place, Workspace)]


def _restore_output(
    root: Path, output: Output, holders: list[Place], in_git: bool, trusted: bool, done: list[str]
) -> bool:
    """Whether every holder has a good copy now; False when there was none to copy."""
    bad = [(place, fault) for place in holders if (fault := fault_in(place, output))]
    if not bad:
        return True
    sources = [place for place in holders if trusted or not isinstance(place, Workspace)]
    good = _good_content(root, output, [place for place in sources if place not in [b for b, _ in bad]], in_git)
    if good is None:
        return False
    source, content = good
    for place, fault in bad:
        place.replace(output, content)
        done.append(f"{place.name}: {output.path} {fault}: restored from {source}")
    return True


def _good_content(root: Path, output: Output, good: Iterable[Place], in_git: bool) -> tuple[str, bytes] | None:
    for place in good:
        return f"the {place.name}", place.read(output)
    if in_git:
        content = read_at(root, "HEAD", output.path)
        if output.fault(content) is None:
            return "git", content
    return None


def _make_again(root: Path, lost: list[Output], revision: str | None, done: list[str]) -> None:
    names = ", ".join(str(output.path) for output in lost)
    if revision is not None:
        raise UserError(
            f"no good copy of {names} of {revision} is left; check that revision out and run `make repair`."
        )
    before = (root / LOCK).read_bytes()
    cache = cache_store(root)
    for output in lost:
        (root / output.path).unlink(missing_ok=True)
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
