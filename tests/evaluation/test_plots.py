import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from src.evaluation import plots
from src.evaluation.picture import result_picture


@pytest.fixture
def table() -> pd.DataFrame:
    rows = 40
    probability = np.linspace(0.01, 0.99, rows)
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2020-01-01", periods=rows, freq="D", tz="UTC"),
            "fold": np.repeat([1, 2], rows // 2),
            "target": (np.arange(rows) % 4 == 3).astype("int8"),
            "base_rate": 0.25,
            "probability": probability,
        }
    )


def test_confusion_counts_the_hours(table) -> None:
    counts = plots.confusion({"m": table}, 0.5).set_index(["actual", "predicted"])["hours"]
    assert counts.to_dict() == {
        ("no rise", "no rise"): 15,
        ("no rise", "rise"): 15,
        ("rise", "no rise"): 5,
        ("rise", "rise"): 5,
    }


def test_reliability_bins_are_equally_filled(table) -> None:
    bins = plots.reliability({"m": table})
    assert list(bins["n"]) == [4] * 10
    assert set(bins["observed"]) == {0.25}
    assert bins["predicted"].is_monotonic_increasing


def test_roc_ends_in_both_corners(table) -> None:
    curve = plots.roc_points({"m": table})[["false_positive_rate", "true_positive_rate"]].to_numpy()
    assert list(curve[-1]) == [1, 1]
    assert curve[0, 0] == 0


def test_the_picture_draws_what_the_tables_say() -> None:
    skill = pd.DataFrame(
        [
            (m, f, f"2020-0{f}-01", v * f)
            for m, v in (("ensemble", 0.1), ("volatility", 0.05), ("seed", -0.1), ("base_rate", 0))
            for f in (1, 2)
        ],
        columns=["model", "fold", "until", "log_loss_skill"],
    )
    equity = pd.DataFrame(
        [
            (s, f"2020-01-{d:02d}", 1 + d * w)
            for s, w in (("ensemble", -0.1), ("buy_and_hold", 0.1))
            for d in range(1, 6)
        ],
        columns=["strategy", "day", "value"],
    )
    svg = result_picture(skill, equity)
    root = ET.fromstring(svg)
    lines = root.findall("{*}polyline")
    assert len(lines) == 6
    heights = [[float(point.split(",")[1]) for point in line.get("points").split()] for line in lines]
    # Pixels grow downwards: the ensemble rises, the seed falls, the base rate stays.
    assert heights[0][0] > heights[0][1]
    assert heights[2][0] < heights[2][1]
    assert heights[3][0] == heights[3][1]
    texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"our ensemble", "2020-01", "2020-02", "buy and hold"} <= texts
    assert result_picture(skill, equity) == svg
