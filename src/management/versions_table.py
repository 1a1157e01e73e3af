"""List the released versions: date, data range, walk-forward metrics, and where each is deployed."""

from pathlib import Path

from rich.table import Table

from src.core.errors import UserError
from src.evaluation.figures import auc, skill
from src.rollout.promotion import committed_deployments
from src.rollout.release import Released, all_versions, failures, released
from src.rollout.steps import stages_of


def versions_table(root: Path) -> Table:
    """One row per version, the newest number first."""
    deployments = committed_deployments(root)
    table = Table(title="released versions (metrics: walk-forward, of the ensemble)")
    for heading in ("version", "date", "data", "rows", "skill ± SE", "ROC AUC ± SE", "md5", "runs in"):
        table.add_column(heading, no_wrap=True)
    for version in reversed(all_versions(root)):
        stages = ", ".join(stages_of(deployments, version)) or "-"
        try:
            table.add_row(*_cells(root, released(root, version)), stages)
        except (UserError, KeyError, TypeError) as error:
            table.add_row(str(version), "-", f"unreadable: {error}", "-", "-", "-", "-", stages)
    return table


def _cells(root: Path, found: Released) -> list[str]:
    data = found.metadata["data"]
    scores = found.metadata["performance_metrics"]["walk_forward"]
    mark = " (fails its gates)" if failures(root, found) else ""
    return [
        f"{found.version}{mark}",
        found.date,
        f"{data['first_open'][:10]} to {data['last_close'][:10]}",
        str(data["rows"]),
        skill(scores),
        auc(scores),
        found.md5[:12],
    ]
