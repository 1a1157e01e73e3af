"""Bring missing or broken artifacts back by running the pipeline."""

from pathlib import Path

from src.artifacts.lock import locked_outputs
from src.errors import UserError
from src.management.commands import module, run
from src.management.integrity import fault_in
from src.management.objects import cache_store
from src.management.verdict import Verdict


def repair(root: Path) -> None:
    """Remove damaged cache objects of this revision's outputs, then `dvc repro`.

    DVC trusts a read-only object unread and would restore the damage.

    Raises:
        UserError: the pipeline failed; its own message stands above.
    """
    if (root / "dvc.lock").is_file():
        cache = cache_store(root)
        for output in locked_outputs(root).values():
            if fault_in(cache, output) and cache.remove(output):
                print(f"removed a damaged cache object: {output.path} (md5 {output.md5})")
    if run(root, *module("dvc", "repro")):
        raise UserError("the pipeline failed; the message above says why.")


def plan(verdict: Verdict, changes: list[str]) -> list[str]:
    """What a repair would do and why, one line each."""
    lines = [f"broken: {problem}" for problem in verdict.problems]
    lines += [f"would run: {change}" for change in changes]
    return lines or ["nothing to do: every artifact loads and every stage is up to date"]
