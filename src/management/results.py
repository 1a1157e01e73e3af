"""The results of the last run as a table: members, ensemble and baselines, walk-forward beside training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.table import Table

from src.artifacts.load import proven_bytes, read_metadata
from src.artifacts.lock import locked_outputs
from src.core.paths import BASELINES, metrics
from src.evaluation.figures import auc, skill
from src.ml.params import read_ensemble

WALK_FORWARD_COLUMNS: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("skill ± SE", skill),
    ("ROC AUC ± SE", auc),
    ("log loss", lambda m: f"{m['log_loss']:.4f}"),
    ("weighted F1", lambda m: f"{m['f1_weighted']:.3f}"),
    ("says 1", lambda m: f"{m['predicted_positive_share']:.1%}"),
)


def results_table(root: Path) -> Table:
    """Rows: members, ensemble, baselines. Columns: walk-forward figures, then those of the training rows.

    Raises:
        UserError: a metrics file is missing, or not the one dvc.lock names.
    """
    names = [*read_ensemble(root).weights, "ensemble"]
    outputs = locked_outputs(root)
    # A figure edited by hand must not be printed as a result.
    for path in [*map(metrics, names), BASELINES]:
        proven_bytes(root, path, outputs)
    documents = {name: read_metadata(root, metrics(name)) for name in names}
    baselines = {f"baseline: {name}": d for name, d in read_metadata(root, BASELINES).items()}
    first: dict[str, Any] = documents["ensemble"]["walk_forward"]
    table = Table(
        title=f"walk-forward: {first['folds']} folds, {first['n']} hours no model saw; train: the training rows"
    )
    table.add_column("model")
    for heading, _ in WALK_FORWARD_COLUMNS:
        table.add_column(f"walk-forward\n{heading}", justify="right")
    table.add_column("train\nlog loss", justify="right")
    table.add_column("train\nweighted F1", justify="right")
    for name, document in (documents | baselines).items():
        if name == next(iter(baselines)):
            table.add_section()
        shown = [render(document["walk_forward"]) for _, render in WALK_FORWARD_COLUMNS]
        train = document["train"]
        table.add_row(name, *shown, f"{train['log_loss']:.4f}", f"{train['f1_weighted']:.3f}")
    return table
