"""The DVC experiments in at most ten columns: what each changed of params.yaml, and the figures that it led to.

`dvc exp show` has a column for every metric, param and dependency, and no setting for which; this table is made from
what it says as JSON. See docs/tracking.md.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from src.core.paths import BACKTEST, metrics
from src.evaluation.figures import auc, skill
from src.repository.programs import dvc_json

HEADINGS = ("experiment", "state", "made", "skill ± SE", "ROC AUC ± SE", "weighted\nF1", "net\nreturn", "changed")
NOTHING = "-"
# DVC's name of what is not committed.
WORKSPACE = "workspace"


def experiments_table(root: Path, commits: int = 1) -> Table:
    """One row for the workspace, for HEAD, and for each experiment that was made from it.

    Args:
        root: of the repository.
        commits: how many of the newest commits, each with its experiments below.

    Raises:
        UserError: DVC cannot list them.
    """
    listed: Any = dvc_json(root, "exp", "show", "--json", "--num", str(commits))
    title = "experiments (figures: walk-forward, of the ensemble; changed: against the commit above)"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=heading != "changed", overflow="fold")
    newest = next((entry for entry in listed if entry["rev"] != WORKSPACE), None)
    for entry in listed:
        if entry["rev"] == WORKSPACE:
            table.add_row(WORKSPACE, NOTHING, *_cells(entry, newest or entry))
            continue
        table.add_section()
        table.add_row(f"[bold]{entry.get('name') or entry['rev'][:7]}[/]", NOTHING, *_cells(entry, entry))
        for experiment in entry.get("experiments") or []:
            tip = experiment["revs"][0]
            state = (experiment.get("executor") or {}).get("state") or "done"
            name = tip.get("name") or experiment.get("name") or tip["rev"][:7]
            table.add_row(f"  {escape(name)}", state.lower().replace("success", "done"), *_cells(tip, entry))
    return table


def _cells(entry: dict[str, Any], base: dict[str, Any]) -> Iterator[str]:
    data = entry.get("data") or {}
    yield _when(data.get("timestamp"))
    scores = _file(data, "metrics", metrics("ensemble")).get("walk_forward", {})
    returned = _file(data, "metrics", BACKTEST).get("ensemble", {}).get("net_return")
    yield skill(scores) if "log_loss_skill" in scores else NOTHING
    yield auc(scores) if "roc_auc" in scores else NOTHING
    yield f"{scores['f1_weighted']:.3f}" if "f1_weighted" in scores else NOTHING
    yield NOTHING if returned is None else f"{returned:+.1%}"
    error = entry.get("error")
    said = [f"unreadable: {error.get('msg')}"] if error else _changed(data, base.get("data") or {})
    yield escape("\n".join(said)) or NOTHING


def _when(time: str | None) -> str:
    """The hour of today, the date of another day."""
    if not time:
        return NOTHING
    moment = datetime.fromisoformat(time)
    return f"{moment:%H:%M}" if moment.date() == datetime.now(moment.tzinfo).date() else f"{moment:%Y-%m-%d}"


def _changed(data: dict[str, Any], base: dict[str, Any]) -> Iterator[str]:
    """`members.lightgbm.n_estimators 50`, and what else than params differs."""
    now, before = (_flat(_file(side, "params", Path("params.yaml"))) for side in (data, base))
    for name in [*before, *(name for name in now if name not in before)]:
        if now.get(name) != before.get(name):
            yield f"{name} {_shown(now[name])}" if name in now else f"{name} left out"
    code = [name for name in ("src", "requirements.lock") if _hashes(data, name) != _hashes(base, name)]
    yield from ("code" if name == "src" else name for name in code)


def _file(data: dict[str, Any], kind: str, path: Path) -> dict[str, Any]:
    content = data.get(kind, {}).get(path.as_posix(), {}).get("data")
    return content if isinstance(content, dict) else {}


def _flat(content: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in content.items():
        flat |= _flat(value, f"{before}{key}.") if isinstance(value, dict) and value else {f"{before}{key}": value}
    return flat


def _shown(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _hashes(data: dict[str, Any], room: str) -> dict[str, Any]:
    """Of the dependencies in ``room`` that were hashed; of those of a queued experiment nothing is known."""
    deps = data.get("deps", {})
    return {name: dep["hash"] for name, dep in deps.items() if name.partition("/")[0] == room}
