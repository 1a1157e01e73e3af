"""The picture at the top of the README."""

from itertools import pairwise
from xml.etree import ElementTree

import pandas as pd

from src.evaluation.picture import HEIGHT, WIDTH, result_picture

SVG = "{http://www.w3.org/2000/svg}"
# A wide guess at 12 pixels; bold letters are wider.
LETTER = {"normal": 6.2, "bold": 6.6}


def drawn() -> ElementTree.Element:
    models = ["ensemble", "volatility", "seed", "base_rate"]
    until = ["2020-01-31", "2020-02-29", "2020-03-31"]
    skill = pd.DataFrame(
        [(name, fold, day, 0.1 * fold - 0.1) for name in models for fold, day in enumerate(until)],
        columns=["model", "fold", "until", "log_loss_skill"],
    )
    values = {"ensemble": [1.0, 0.5, 0.75], "buy_and_hold": [1.0, 2.0, 3.0]}
    equity = pd.DataFrame(
        [(name, day, value) for name, line in values.items() for day, value in zip(until, line, strict=True)],
        columns=["strategy", "day", "value"],
    )
    return ElementTree.fromstring(result_picture(skill, equity))


def test_every_series_is_one_line_within_the_frame() -> None:
    lines = drawn().findall(f"{SVG}polyline")
    assert len(lines) == 6
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        assert len(points) == 3
        assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)


def test_a_higher_value_stands_higher() -> None:
    hold = drawn().findall(f"{SVG}polyline")[5]
    heights = [float(point.split(",")[1]) for point in hold.attrib["points"].split()]
    assert heights[0] > heights[1] > heights[2]


def test_no_title_or_legend_runs_into_the_next() -> None:
    texts = [text for text in drawn().findall(f"{SVG}text") if text.attrib["y"] in ("30.0", "50.0")]
    assert len(texts) == 8
    for height in ("30.0", "50.0"):
        row = sorted((text for text in texts if text.attrib["y"] == height), key=lambda text: float(text.attrib["x"]))
        for text, following in pairwise(row):
            end = float(text.attrib["x"]) + len(text.text or "") * LETTER[text.attrib["font-weight"]]
            assert end < float(following.attrib["x"]), text.text
