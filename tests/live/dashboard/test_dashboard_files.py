"""The files of the page: the vendored library, both dictionaries, nothing inline, colours that can be read."""

import hashlib
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "src/live/dashboard"
WORDS = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
SCRIPTS = [path for path in sorted(FOLDER.glob("*.js")) if path.name != "uplot.js"]
# Keys that are put together from a code, as `reason_stale`.
COMPOSED = ("reason_", "decision_", "state_", "proof_", "choose_", "language_", "zone_", "theme_", "column_")
TEXT = ("text", "muted", "accent", "up", "down", "warn", "second", "third", "fourth")
TINTED = ("up", "down", "warn", "accent")


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_vendored_files_have_the_sums_that_stand_beside_them() -> None:
    rows = re.findall(r"\| `([\w.-]+)` \| `[\w./-]+` \| `([0-9a-f]{64})` \|", (FOLDER / "uplot.md").read_text())
    assert [name for name, _ in rows] == ["uplot.js", "uplot.css", "uplot-licence.txt"]
    assert {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name, _ in rows} == dict(rows)


def test_the_licence_is_named_in_notice_with_the_release() -> None:
    release = re.search(r"`uplot` ([\d.]+)", (FOLDER / "uplot.md").read_text())
    assert release is not None
    assert f"uPlot {release[1]}" in (FOLDER.parents[2] / "NOTICE").read_text()
    assert f"(v{release[1]})".encode() in (FOLDER / "uplot.js").read_bytes()[:120]


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    assert list(WORDS["en"]) == list(WORDS["ja"])
    for key, text in WORDS["en"].items():
        assert placeholders(text) == placeholders(WORDS["ja"][key]), key


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    named = set(re.findall(r'\b(?:t|empty|heading)\(\s*"(\w+)"', source))
    chosen = {name for pair in re.findall(r't\([^()"]*\? "(\w+)" : "(\w+)"', source) for name in pair}
    assert (named | chosen) - set(WORDS["en"]) == set()
    told = {key for key in WORDS["en"] if not key.startswith(COMPOSED)}
    assert told - named - chosen - {name for name in told if f'"{name}"' in source} == set()


def test_nothing_is_inline_and_no_other_host_is_named() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    for path in [FOLDER / "index.html", *SCRIPTS, *FOLDER.glob("*.css")]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//\w+\.\w|innerHTML|setAttribute\(\"style|eval\(", text), path.name


def test_modules_are_small_and_all_are_loaded() -> None:
    loaded = {"main.js", "theme-first.js"}
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 200, path.name
        loaded |= set(re.findall(r'from "\./([\w-]+\.js)"', text))
    assert loaded == {path.name for path in SCRIPTS}
    # All at once, not one level of imports after the other.
    preloaded = re.findall(r'"modulepreload" href="/assets/([\w-]+\.js)"', (FOLDER / "index.html").read_text())
    assert {*preloaded, "main.js", "theme-first.js"} == loaded


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_background(side: int) -> None:
    """WCAG 2.2 AA: 4.5 to 1."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (FOLDER / "theme.css").read_text())
    colours = {name: (light, dark)[side] for name, light, dark in found}
    pairs = [(text, paper) for text in TEXT for paper in ("paper", "page")]
    pairs += [(name, f"{name}-tint") for name in TINTED] + [("text", f"{name}-tint") for name in TINTED]
    pairs += [("muted", "sunken"), ("text", "sunken"), ("paper", "accent"), ("paper", "muted")]
    for text, paper in pairs:
        assert contrast(colours[text], colours[paper]) >= 4.5, (text, paper)


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
