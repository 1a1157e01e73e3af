"""Bring missing or broken artifacts back by running the pipeline."""

from collections.abc import Iterable
from pathlib import Path

from src.artifacts.files import md5_of
from src.artifacts.lock import Output, locked_outputs
from src.errors import UserError
from src.management.commands import capture, module, run
from src.management.verdict import Verdict


def repair(root: Path) -> None:
    """Remove damaged cache objects of damaged outputs, then `dvc repro`.

    Raises:
        UserError: the pipeline failed; its own message stands above.
    """
    for path in damaged_cache_objects(root):
        path.chmod(0o644)
        path.unlink()
        print(f"removed a damaged cache object: {path.name}")
    if run(root, *module("dvc", "repro")):
        raise UserError("the pipeline failed; the message above says why.")


def damaged_cache_objects(root: Path) -> list[Path]:
    """Cache objects of this revision's outputs whose bytes are not what their name says.

    DVC trusts a read-only object unread and would restore the damage.
    """
    if not (root / "dvc.lock").is_file():
        return []
    code, folder = capture(root, *module("dvc", "cache", "dir"))
    if code:
        raise UserError(f"`dvc cache dir` failed: {folder}")
    objects = _objects(root / folder, locked_outputs(root).values())
    return [path for path, md5 in objects if path.is_file() and md5_of(path) != md5]


def _objects(cache: Path, outputs: Iterable[Output]) -> list[tuple[Path, str]]:
    return [(cache / "files" / "md5" / output.md5[:2] / output.md5[2:], output.md5) for output in outputs]


def plan(verdict: Verdict, changes: list[str]) -> list[str]:
    """What a repair would do and why, one line each."""
    lines = [f"broken: {problem}" for problem in verdict.problems]
    lines += [f"would run: {change}" for change in changes]
    return lines or ["nothing to do: every artifact loads and every stage is up to date"]
