"""The picture at the top of the README."""

from itertools import combinations
from xml.etree import ElementTree

import pandas as pd
import pytest

from src.evaluation.picture import BOTTOM, DARK, HEIGHT, LIGHT, TOP, WIDTH, result_picture

SVG = "{http://www.w3.org/2000/svg}"
# A wide guess of a letter's width, as a share of the font size.
LETTER = {"normal": 0.52, "bold": 0.56}
SKILL = {"ensemble": [0.0, 0.1, 0.2], "volatility": [0.1, 0.1, 0.1], "seed": [-0.2, 0.1, 0.2], "base_rate": [0.0] * 3}
EQUITY = {"ensemble": [1.0, 0.5, 0.75], "buy_and_hold": [1.0, 2.0, 3.0]}
UNTIL = ["2020-01-31", "2020-02-29", "2020-03-31"]


def picture() -> str:
    skill = [(name, fold, UNTIL[fold], value) for name, line in SKILL.items() for fold, value in enumerate(line)]
    equity = [(name, day, value) for name, line in EQUITY.items() for day, value in zip(UNTIL, line, strict=True)]
    return result_picture(
        pd.DataFrame(skill, columns=["model", "fold", "until", "log_loss_skill"]),
        pd.DataFrame(equity, columns=["strategy", "day", "value"]),
    )


@pytest.fixture
def drawn() -> ElementTree.Element:
    return ElementTree.fromstring(picture())


def points(line: ElementTree.Element) -> list[tuple[float, ...]]:
    return [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]


def words(drawn: ElementTree.Element, name: str) -> list[str]:
    return [text.text or "" for text in drawn.iter(f"{SVG}text") if text.attrib["class"] == name]


def box(text: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, right, bottom, guessed."""
    size, x, y = (float(text.attrib[key]) for key in ("font-size", "x", "y"))
    width = len(text.text or "") * size * LETTER[text.attrib["font-weight"]]
    left = x - {"start": 0, "middle": 0.5, "end": 1}[text.attrib["text-anchor"]] * width
    return left, y - 0.75 * size, left + width, y + 0.2 * size


def test_every_series_is_one_line_within_its_chart(drawn: ElementTree.Element) -> None:
    lines = list(drawn.iter(f"{SVG}polyline"))
    assert [line.attrib["class"] for line in lines] == [*SKILL, *EQUITY]
    for line in lines:
        assert len(points(line)) == 3
        assert all(0 < x < WIDTH and TOP <= y <= BOTTOM for x, y in points(line))


def test_a_higher_value_stands_higher(drawn: ElementTree.Element) -> None:
    heights = [y for _, y in points(list(drawn.iter(f"{SVG}polyline"))[-1])]
    assert heights[0] > heights[1] > heights[2]


def test_error_bars_are_the_mean_of_the_folds_and_one_standard_error(drawn: ElementTree.Element) -> None:
    # Mean 0.1, standard deviation 0.1, three folds: 0.1 / √3 = 0.0577.
    assert "+0.100 ± 0.058" in words(drawn, "ensemble")
    first = points(next(drawn.iter(f"{SVG}polyline")))
    unit = (first[0][1] - first[2][1]) / 0.2
    bars = {path.attrib["class"]: path.attrib["d"] for path in drawn.iter(f"{SVG}path")}
    assert list(bars) == ["ensemble", "volatility", "seed"]
    low, high = (float(part) for part in bars["ensemble"].split(",")[1].split("M")[0].split("V"))
    assert low - high == pytest.approx(2 * 0.0577 * unit, abs=0.2)
    centre = next(drawn.iter(f"{SVG}circle")).attrib
    assert float(centre["cy"]) == pytest.approx((low + high) / 2, abs=0.11)


def test_the_end_of_each_line_is_written_beside_it(drawn: ElementTree.Element) -> None:
    assert "+0.200" in words(drawn, "ensemble") and "0.75" in words(drawn, "ensemble")
    assert "3.00" in words(drawn, "buy_and_hold")


def test_no_text_runs_into_another_or_out_of_the_picture(drawn: ElementTree.Element) -> None:
    texts = list(drawn.iter(f"{SVG}text"))
    assert len(texts) > 30
    for text in texts:
        left, top, right, bottom = box(text)
        assert left >= 0 and top >= 0 and right <= WIDTH and bottom <= HEIGHT, text.text
    for one, other in combinations(texts, 2):
        (a, b, c, d), (e, f, g, h) = box(one), box(other)
        assert c <= e or g <= a or d <= f or h <= b, (one.text, other.text)


def test_every_colour_can_be_read_on_both_backgrounds() -> None:
    for colours in (LIGHT, DARK):
        for name, colour in colours.items():
            if name not in ("paper", "grid"):
                assert contrast(colour, colours["paper"]) >= 4.5, name
    style = picture().split("</style>")[0]
    assert LIGHT["paper"] in style.split("prefers-color-scheme: dark")[0]
    assert DARK["paper"] in style.split("prefers-color-scheme: dark")[1]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
