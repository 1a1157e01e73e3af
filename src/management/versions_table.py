"""List the released versions: date, data range, walk-forward metrics, and where each is deployed."""

from pathlib import Path

from rich.table import Table

from src.core.errors import UserError
from src.evaluation.figures import auc, skill
from src.rollout.commits import committed_deployments
from src.rollout.release import failures, trading
from src.rollout.released import Released, all_versions, released
from src.rollout.steps import steps_of


def versions_table(root: Path) -> Table:
    """One row per version, the newest number first."""
    deployments = committed_deployments(root)
    table = Table(title="released versions (metrics: walk-forward, of the ensemble)")
    for heading in ("version", "date", "data", "rows", "skill ± SE", "ROC AUC ± SE", "trading", "md5", "runs in"):
        table.add_column(heading, no_wrap=heading not in ("version", "runs in"))
    for version in reversed(all_versions(root)):
        steps = ", ".join(steps_of(deployments, version)) or "-"
        try:
            table.add_row(*_cells(root, released(root, version)), steps)
        except (UserError, KeyError, TypeError) as error:
            table.add_row(str(version), "-", f"unreadable: {error}", *["-"] * 5, steps)
    return table


def _cells(root: Path, found: Released) -> list[str]:
    data = found.metadata["data"]
    scores = found.metadata["performance_metrics"]["walk_forward"]
    problems, verdict = failures(root, found), trading(root, found)
    leak = any("leak" in problem for problem in problems)
    mark = " (leak suspected)" if leak else " (fails its gates)" if problems else ""
    ready = "ready" if verdict.ready and not problems else "not ready"
    net_return = "" if verdict.net_return is None else f" ({100 * verdict.net_return:+.1f} %)"
    return [
        f"{found.version}{mark}",
        found.date,
        f"{data['first_open'][:10]} to {data['last_close'][:10]}",
        str(data["rows"]),
        skill(scores),
        auc(scores),
        f"{ready}{net_return}",
        found.md5[:12],
    ]
