"""The report of a pull request as Markdown."""

from collections.abc import Sequence
from typing import Any

from src.core.paths import BACKTEST, METRICS
from src.review.comparison import ENSEMBLE_METRICS, Changes, Comparison

_SHOWN = ("log_loss_skill", "roc_auc", "log_loss", "brier", "f1_weighted", "f1", "predicted_positive_share", "n")
_DATA = {
    "file": "file",
    "first_open": "first open",
    "last_close": "last close",
    "rows": "candles",
    "gaps": "gaps",
    "missing_candles": "missing candles",
    "features.rows": "training rows",
    "features.positive_share": "share of target 1",
}


def markdown(comparison: Comparison) -> str:
    """The whole report."""
    verdict = "fails" if comparison.failures else "passes"
    lines = [f"## Model review: {verdict}", ""]
    lines += [f"- {failure}" for failure in comparison.failures] or ["No gate fails and no metric fell too far."]
    lines += ["", f"Compared with `{comparison.base}` ({comparison.commit[:12]})."]
    changed_data = not all(change.same for change in comparison.data.values())
    if changed_data:
        lines.append("The data changed: the two columns of metrics are of different rows.")
    lines += _section("Metrics, walk-forward", _metrics(comparison))
    lines += _section("Parameters", _params(comparison))
    lines += _section("Data", _data(comparison.data))
    lines += _section("Artifacts", _artifacts(comparison.artifacts))
    return "\n".join(lines) + "\n"


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", f"### {title}", "", *rows]


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [headings, ("---",) * len(headings), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _metrics(comparison: Comparison) -> list[str]:
    folder = METRICS.as_posix()
    files = [file for file in comparison.metrics if file.startswith(folder) and not file.endswith("baselines.json")]
    files.sort(key=lambda file: (file != ENSEMBLE_METRICS, file))
    rows = []
    for file in files:
        name = file.removeprefix(f"{folder}/").removesuffix(".json")
        rows += [
            (name, metric, *cells)
            for metric in _SHOWN
            if (cells := _figures(comparison.metrics[file], f"walk_forward.{metric}"))
        ]
    if cells := _figures(comparison.metrics.get(BACKTEST.as_posix(), {}), "ensemble.net_return"):
        rows.append(("ensemble", "net return after costs", *cells))
    if not rows:
        return ["No metrics."]
    return _table(("model", "metric", "before", "now", "difference"), rows)


def _figures(values: Changes, metric: str) -> tuple[str, str, str] | None:
    change, error = values.get(metric), values.get(f"{metric}_se")
    if change is None:
        return None
    old, new = _number(change.old), _number(change.new)
    if error:
        # Six digits, not those of src/evaluation/figures.py: a review must show the change that a gate saw.
        old += f" ± {_number(error.old)}"
        new += f" ± {_number(error.new)}"
    both = isinstance(change.old, int | float) and isinstance(change.new, int | float)
    return old, new, f"{change.new - change.old:+.6g}" if both else "-"


def _params(comparison: Comparison) -> list[str]:
    rows = [
        (f"`{key}`", _value(change.old), _value(change.new))
        for values in comparison.params.values()
        for key, change in sorted(values.items())
    ]
    return _table(("parameter", "before", "now"), rows) if rows else ["No parameter changed."]


def _data(data: Changes) -> list[str]:
    rows = [
        (title, _value(data[key].old), _value(data[key].new), "same" if data[key].same else "changed")
        for key, title in _DATA.items()
        if key in data
    ]
    return _table(("data", "before", "now", ""), rows) if rows else ["No report of the data."]


def _artifacts(artifacts: Changes) -> list[str]:
    rows = [
        (f"`{path}`", _value(change.old), _value(change.new))
        for path, change in artifacts.items()
        if not change.same and not path.startswith("reports/")
    ]
    same = sum(change.same for change in artifacts.values())
    table = [*_table(("artifact", "md5 before", "md5 now"), rows), ""] if rows else []
    return [*table, f"dvc.lock names the same bytes for {same} of {len(artifacts)} outputs."]


def _value(value: Any) -> str:
    return "-" if value is None else str(value)


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _value(value)
