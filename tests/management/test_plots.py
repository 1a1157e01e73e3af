"""The page of `dvc plots` needs no network."""

import re
from pathlib import Path

from tests.releases import dvc


def test_plots_diff_opens_without_a_network(repository: Path) -> None:
    dvc(repository, "plots", "diff", "HEAD~1", "--out", "plots")
    page = (repository / "plots/index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link)[^>]*\b(src|href)=", page)
    assert len(re.findall(r"<script", page)) >= 3 + 2
    assert page.count("vegaEmbed('#") >= 2
    for library in ("vega 5.20.2", "vega-lite 5.2.0", "vega-embed 6.18.2"):
        assert f"<!-- {library}, BSD-3-Clause" in page
