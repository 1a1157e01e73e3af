"""Prove that a revision gives back its exact outputs: fresh clone, its own lock, the pipeline from nothing."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.yaml_files import parse_yaml, read_yaml
from src.proof.compare import SAME, Row, compare_outputs, lock_differences, table
from src.proof.environments import VARIANTS, clean_environment, installed_environment, this_environment
from src.repository.git import check_clean, git, outputs_at, read_at, resolve
from src.repository.programs import last_line

DVC_LOCK = Path("dvc.lock")


@dataclass(frozen=True)
class Proof:
    """One run: the environment variables it was given, the rows, and what else disagrees."""

    variant: str
    settings: dict[str, str]
    seconds: float
    rows: list[Row]
    differences: list[str]

    @property
    def holds(self) -> bool:
        """Whether every output came out the same and dvc.lock belongs to its code."""
        return not self.differences and all(row.verdict == SAME for row in self.rows)

    def __str__(self) -> str:
        same = sum(row.verdict == SAME for row in self.rows)
        settings = " ".join(f"{key}={value!r}" for key, value in self.settings.items())
        head = f"{self.variant}{f' ({settings})' if settings else ''}: {same} of {len(self.rows)} outputs the same"
        return "\n".join([table(self.rows), *self.differences, f"{head}, {self.seconds:.0f} s"])


def prove(
    root: Path,
    revision: str,
    variants: list[str],
    *,
    reuse: bool,
    say: Callable[[str], None],
) -> list[Proof]:
    """One proof per variant; a variant that this machine cannot run is said and left out.

    Args:
        root: the repository; its tree must be clean.
        revision: what to prove.
        variants: names in ``VARIANTS``.
        reuse: run in this environment if it has the revision's locked versions, instead of installing them.
        say: told what happens, and every table.

    Raises:
        UserError: a dirty tree, no such revision or variant, a failed installation or a failed pipeline.
    """
    unknown = [name for name in variants if name not in VARIANTS]
    if unknown:
        raise UserError(f"there is no variant {unknown[0]!r}; there are {', '.join(VARIANTS)}.")
    check_clean(root, "a proof")
    commit = resolve(root, revision)
    # The space proves that no path is ever split.
    with tempfile.TemporaryDirectory(prefix="proof of ") as folder:
        scratch = Path(folder)
        clone = scratch / f"clone {commit[:7]}"
        git(root, "clone", "--quiet", "--no-checkout", str(root), str(clone))
        git(clone, "checkout", "--quiet", "--detach", commit)
        say(f"proving {commit[:12]} in {clone}")
        python = this_environment(clone) if reuse else installed_environment(clone, scratch / "environment")
        say("environment: " + ("this one, same versions" if reuse else "installed from that revision's lock"))
        proofs = []
        for variant in variants:
            settings = VARIANTS[variant](python)
            if settings is None:
                say(f"{variant}: left out, this CPU and numpy have nothing to switch off")
                continue
            proofs.append(_run(clone, commit, variant, settings, clean_environment(python, scratch) | settings, python))
            say(str(proofs[-1]))
        return proofs


def _run(
    clone: Path, commit: str, variant: str, settings: dict[str, str], environment: dict[str, str], python: Path
) -> Proof:
    promised = outputs_at(clone, commit)
    start = time.perf_counter()
    _reset(clone, commit, list(promised))
    command = (str(python), "-m", "dvc", "repro", "--force", "--no-run-cache")
    result = subprocess.run(command, cwd=clone, env=environment, check=False, capture_output=True, text=True)
    if result.returncode:
        raise UserError(f"the pipeline of {commit[:12]} failed ({variant}): {last_line(result.stderr)}")
    committed: dict[str, Any] = parse_yaml(read_at(clone, commit, DVC_LOCK).decode(), DVC_LOCK)["stages"]
    differences = lock_differences(committed, read_yaml(clone / DVC_LOCK)["stages"])
    # dvc.lock was compared by its content: DVC appends a stage where it first ran, so the order of stages may differ.
    seen = [line for line in git(clone, "status", "--porcelain").splitlines() if line[3:] != str(DVC_LOCK)]
    differences += [f"git sees a change: {line}" for line in seen]
    rows = compare_outputs(clone, promised, locked_outputs(clone))
    return Proof(variant, settings, time.perf_counter() - start, rows, differences)


def _reset(clone: Path, commit: str, outputs: list[Path]) -> None:
    """The revision's files without any output, cache or dvc.lock: nothing to restore from."""
    git(clone, "checkout", "--quiet", "--force", commit)
    git(clone, "clean", "--quiet", "-d", "--force", "-x")
    for path in [*outputs, DVC_LOCK]:
        if (clone / path).is_dir():
            shutil.rmtree(clone / path)
        else:
            (clone / path).unlink(missing_ok=True)
