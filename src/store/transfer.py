"""Push and pull that end with proven bytes or with one sentence."""

from pathlib import Path

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.shown import shown_path
from src.repository.programs import module, run
from src.repository.regular import check_outputs, check_regular
from src.store.integrity import HERE, MISSING, Finding, examine, summary
from src.store.places import Store, cache_store, forget_index, remote_store
from src.store.remote import check_remote


def pull(root: Path) -> str:
    """`dvc pull`, then every file and cache object compared with dvc.lock; a summary.

    Raises:
        UserError: the remote cannot be used, DVC failed, or altered bytes are left anywhere.
    """
    url = check_remote(root)
    _check_regular(root)
    code = run(root, *module("dvc", "pull"))
    examination = examine(root, where=HERE)
    _refuse(examination.findings, "after the pull")
    if code:
        raise UserError(f"`dvc pull` from {url} failed; its message stands above.")
    return f"pulled from {url}; {examination.counts['workspace']} files are the ones dvc.lock names"


def push(root: Path) -> str:
    """Cache objects compared with dvc.lock, `dvc push`, then the remote's objects compared; a summary.

    What DVC took for stored and is missing, as after a killed push, is stored again.

    Raises:
        UserError: the remote cannot be used, DVC failed, or a bad object is in cache or remote.
    """
    url = check_remote(root)
    _check_regular(root)
    bad = examine(root, where=["cache"]).findings
    _refuse(bad, "so nothing was pushed")
    code = run(root, *module("dvc", "push"))
    if code:
        raise UserError(f"`dvc push` to {url} failed; its message stands above.")
    examination = examine(root, where=["remote"])
    missing = [finding for finding in examination.findings if finding.fault == MISSING]
    if missing:
        _store_again(root, missing)
        examination = examine(root, where=["remote"])
    _refuse(examination.findings, "after the push")
    again = f"; {len(missing)} of them DVC had taken for stored, they were stored again" if missing else ""
    return f"pushed to {url}; its {examination.counts['remote']} objects are the ones dvc.lock names{again}"


def _store_again(root: Path, missing: list[Finding]) -> None:
    """DVC's index of the remote names objects before they are stored; a kill in between makes it believe them there."""
    forget_index(root)
    cache, remote = cache_store(root), Store("remote", remote_store(root))
    for finding in missing:
        content = cache.read(finding.output)
        fault = finding.output.fault(content)
        if fault:
            raise UserError(f"cache: {shown_path(finding.output.path)} {fault}; run `make repair`.")
        remote.replace(finding.output, content)


def _check_regular(root: Path) -> None:
    check_outputs(root)
    for store in (cache_store(root), Store("remote", remote_store(root))):
        found = [(store.file(output), output) for output in locked_outputs(root).values()]
        check_regular({file: f"{store.name}: {shown_path(output.path)}" for file, output in found if file})


def _refuse(findings: list[Finding], when: str) -> None:
    if findings:
        raise UserError(f"{summary(findings)}, {when}; run `make repair`.")
