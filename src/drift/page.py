"""The verdict as one HTML page that needs no network."""

from html import escape
from pathlib import Path

from src.core.files import write_bytes
from src.drift.verdict import Drift

FILE = Path(".live/drift.html")
# Bars end at three times their limit.
LONGEST = 3.0
_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#18202a, #e6edf3); --quiet: light-dark(#566170, #9aa6b2);
  --page: light-dark(#ffffff, #12181f); --line: light-dark(#dce1e8, #29323d); --calm: light-dark(#0b57b0, #6cb1ff);
  --loud: light-dark(#b42330, #ff857c); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 54rem; padding: 0 1rem;
  color: var(--ink); background: var(--page); }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; } p.note { color: var(--quiet); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } .loud { color: var(--loud); font-weight: 600; }
svg { display: block; width: 100%; height: auto; } rect { fill: var(--calm); } rect.over { fill: var(--loud); }
line { stroke: var(--quiet); }
"""


def write_page(path: Path, drift: Drift) -> None:
    """Write the page of ``drift``."""
    write_bytes(path, page(drift).encode())


def page(drift: Drift) -> str:
    """The page: the verdict, a row with bars per input, a bar per week of excess loss, the outliers."""
    rows = "".join(_row(one.name, one.ks, one.ks_limit, one.psi, one.psi_limit) for one in drift.inputs.inputs)
    kind = ' class="loud"' if drift.drifted else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Drift of {escape(drift.version)}</title><style>{_STYLE}</style></head><body>
<h1>Drift of {escape(drift.version)}</h1>
<p{kind}>{escape(drift.sentence)}</p>
<p class="note">{drift.rows} candles of {escape(drift.where)} since training, {drift.first} to {drift.last}.</p>
<h2>Inputs of the newest candles against the training rows</h2>
<div class="scroll"><table><tr><th>input</th><th>KS</th><th>limit</th><th></th><th>PSI</th><th>limit</th><th></th></tr>
{rows}</table></div>
<p class="note">p = {drift.inputs.p_value:.3f}, beside {drift.inputs.windows} earlier windows, each against the rows
before it. A bar is the distance in units of its limit, which the line marks.</p>
<h2>Excess loss</h2>{_outcomes(drift)}
<h2>Outliers</h2>
<p>The newest candle is {drift.outlier:.1f} times as far from the training rows as these are from each other on average;
{drift.outliers:.1%} of the newest rows are beyond {drift.outlier_limit:.1f}, as one training row in a thousand is.</p>
</body></html>
"""


def _row(name: str, ks: float, ks_limit: float, psi: float, psi_limit: float) -> str:
    cells = "".join(
        f"<td>{value:.3f}</td><td>{limit:.3f}</td><td>{_bar(value / limit)}</td>"
        for value, limit in ((ks, ks_limit), (psi, psi_limit))
    )
    return f"<tr><td>{escape(name)}</td>{cells}</tr>\n"


def _bar(share: float) -> str:
    width, kind = 40 * min(share, LONGEST), ' class="over"' if share > 1 else ""
    return (
        f'<svg viewBox="0 0 120 12" style="min-width:90px" role="img" aria-label="{share:.2f} of the limit">'
        f'<rect{kind} y="2" width="{width:.1f}" height="8"/><line x1="40" x2="40" y1="0" y2="12"/></svg>'
    )


def _outcomes(drift: Drift) -> str:
    found = drift.outcomes
    if found is None:
        return "<p>Not judged: no answer has a known outcome.</p>"
    rang = f"The test rang at row {found.alarm}." if found.drifted else "The test did not ring."
    return f"""<p>Mean {found.shown} nats over {found.rows} rows; out of fold
{found.reference:+.4f}. {rang}</p>{_weeks(found.weekly)}
<p class="note">One bar a week: log loss of the model less that of the newest base rate. Below the line it earns.</p>"""


def _weeks(weekly: tuple[float, ...]) -> str:
    if not weekly:
        return ""
    height, middle, each = 140, 70, 900 / len(weekly)
    unit = (middle - 4) / max(abs(value) for value in weekly) if any(weekly) else 1.0
    bars = "".join(
        f'<rect{" class=over" if value > 0 else ""} x="{place * each:.1f}" width="{max(each - 1, 0.5):.1f}" '
        f'y="{middle - max(value, 0) * unit:.1f}" height="{abs(value) * unit:.1f}"/>'
        for place, value in enumerate(weekly)
    )
    label = f"weekly excess loss from {min(weekly):+.3f} to {max(weekly):+.3f} nats"
    return (
        f'<svg viewBox="0 0 900 {height}" role="img" aria-label="{label}">{bars}'
        f'<line x1="0" x2="900" y1="{middle}" y2="{middle}"/></svg>'
    )
