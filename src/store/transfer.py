"""Push and pull that end with proven bytes or with one sentence."""

from pathlib import Path

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.shown import shown_path
from src.repository.programs import module, run
from src.repository.regular import check_outputs, check_regular
from src.store.integrity import HERE, Finding, examine, summary
from src.store.places import Store, cache_store, forget_transfers, remote_store
from src.store.remote import check_remote


def pull(root: Path) -> str:
    """`dvc pull`, then every file and cache object compared with dvc.lock; a summary.

    Raises:
        UserError: the remote cannot be used, DVC failed, or altered bytes are left anywhere.
    """
    url = check_remote(root)
    _check_regular(root)
    code = _run(root, "pull")
    examination = examine(root, where=HERE)
    _refuse(examination.findings, "after the pull")
    if code:
        raise UserError(f"`dvc pull` from {url} failed; its message stands above.")
    return f"pulled from {url}; {examination.counts['workspace']} files are the ones dvc.lock names"


def push(root: Path) -> str:
    """Cache objects compared with dvc.lock, `dvc push`, then the remote's objects compared; a summary.

    Raises:
        UserError: the remote cannot be used, DVC failed, or a bad object is in cache or remote.
    """
    url = check_remote(root)
    _check_regular(root)
    bad = examine(root, where=["cache"]).findings
    _refuse(bad, "so nothing was pushed")
    code = _run(root, "push")
    if code:
        raise UserError(f"`dvc push` to {url} failed; its message stands above.")
    examination = examine(root, where=["remote"])
    _refuse(examination.findings, "after the push")
    return f"pushed to {url}; its {examination.counts['remote']} objects are the ones dvc.lock names"


def _run(root: Path, command: str) -> int:
    # A killed DVC leaves the list of what it was to transfer half written, and the next one takes it for whole.
    forget_transfers(root)
    return run(root, *module("dvc", command))


def _check_regular(root: Path) -> None:
    check_outputs(root)
    for store in (cache_store(root), Store("remote", remote_store(root))):
        found = [(store.file(output), output) for output in locked_outputs(root).values()]
        check_regular({file: f"{store.name}: {shown_path(output.path)}" for file, output in found if file})


def _refuse(findings: list[Finding], when: str) -> None:
    if findings:
        raise UserError(f"{summary(findings)}, {when}; run `make repair`.")
