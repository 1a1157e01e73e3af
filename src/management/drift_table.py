"""The table of `make drift`."""

from rich.console import Group, RenderableType
from rich.table import Table

from src.drift.verdict import Drift


def drift_table(drift: Drift) -> RenderableType:
    """The inputs, then a line for the outcomes and one for the outliers."""
    table = Table("input", title=f"{drift.where}, {drift.version}: {drift.rows} candles, {drift.first} to {drift.last}")
    for name in ("KS", "limit", "PSI", "limit"):
        table.add_column(name, justify="right")
    table.add_column("")
    for one in drift.inputs.inputs:
        figures = (f"{value:.3f}" for value in (one.ks, one.ks_limit, one.psi, one.psi_limit))
        table.add_row(one.name, *figures, "[red]drifted[/]" if one.drifted else "")
    inputs = drift.inputs
    lines = [
        f"inputs: p = {inputs.p_value:.3f} beside {inputs.windows} earlier windows",
        f"outcomes: {_outcomes(drift)}",
        f"outliers: the newest candle is at {drift.outlier:.1f}; {drift.outliers:.1%} of the newest rows are beyond "
        f"{drift.outlier_limit:.1f}, as one training row in a thousand is",
    ]
    return Group(table, *lines)


def _outcomes(drift: Drift) -> str:
    found = drift.outcomes
    if found is None:
        return "not judged, since no answer has a known outcome"
    rang = f"alarm at row {found.alarm}" if found.drifted else "no alarm"
    return f"mean excess loss {found.shown} nats over {found.rows} rows (out of fold {found.reference:+.4f}); {rang}"
