"""Train with the seed's settings as the DVC experiment `seed`, and show what they are worth beside HEAD's."""

import json
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from src.core.errors import UserError
from src.core.paths import metrics
from src.evaluation.figures import skill
from src.ml.params import read_ensemble
from src.repository.git import git, read_at, resolve
from src.repository.programs import module, run

NAME = "seed"
OVERRIDES = Path("experiments/seed.txt")


def seed_experiment(root: Path) -> Table:
    """Run it outside the tree, which stays as it is.

    Raises:
        UserError: DVC cannot run it here, or the pipeline failed.
    """
    for where in not_ascii(root):
        raise UserError(
            f"{where} has non-ASCII characters, which DVC cannot copy for an experiment; clone the repository from "
            "and into a path without them."
        )
    lines = (root / OVERRIDES).read_text(encoding="utf-8").splitlines()
    overrides = [argument for line in lines for argument in ("--set-param", line)]
    if run(root, *module("dvc", "exp", "run", "--temp", "--force", "--name", NAME, *overrides)):
        raise UserError("the experiment failed; the message above says why.")
    head = resolve(root, "HEAD")
    return _table(root, {"HEAD": head, NAME: resolve(root, f"refs/exps/{head[:2]}/{head[2:]}/{NAME}")})


def not_ascii(root: Path) -> Iterator[str]:
    """The paths and settings with non-ASCII characters, which DVC cannot copy for a temporary experiment."""
    if not str(root).isascii():
        yield f"the path {root}"
    for file in (root / git(root, "rev-parse", "--git-path", "config"), root / ".dvc/config.local"):
        if file.is_file() and not file.read_bytes().isascii():
            yield str(file.relative_to(root))


def _table(root: Path, revisions: dict[str, str]) -> Table:
    table = Table("settings", "model", "train\nweighted F1", "walk-forward\nweighted F1", "walk-forward\nskill ± SE")
    for name, revision in revisions.items():
        for model in [*read_ensemble(root).weights, "ensemble"]:
            found = json.loads(read_at(root, revision, metrics(model)))
            scores = found["walk_forward"]
            f1 = (f"{found['train']['f1_weighted']:.3f}", f"{scores['f1_weighted']:.3f}")
            table.add_row(name, model, *f1, skill(scores))
        table.add_section()
    return table
