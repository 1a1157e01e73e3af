"""Push and pull that end with proven bytes or with one sentence."""

from pathlib import Path

from src.core.errors import UserError
from src.repository.programs import module, run
from src.store.integrity import HERE, Finding, examine, summary
from src.store.remote import check_remote


def pull(root: Path) -> str:
    """`dvc pull`, then every file and cache object compared with dvc.lock; a summary.

    Raises:
        UserError: the remote cannot be used, DVC failed, or altered bytes are left anywhere.
    """
    url = check_remote(root)
    code = run(root, *module("dvc", "pull"))
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
    bad = examine(root, where=["cache"]).findings
    _refuse(bad, "so nothing was pushed")
    code = run(root, *module("dvc", "push"))
    if code:
        raise UserError(f"`dvc push` to {url} failed; its message stands above.")
    examination = examine(root, where=["remote"])
    _refuse(examination.findings, "after the push")
    return f"pushed to {url}; its {examination.counts['remote']} objects are the ones dvc.lock names"


def _refuse(findings: list[Finding], when: str) -> None:
    if findings:
        raise UserError(f"{summary(findings)}, {when}; run `make repair`.")
