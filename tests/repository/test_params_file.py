import difflib
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.params import parse_params
from src.repository.params_file import set_ingest_value, set_values
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("key", "old", "written"),
    [
        ("days", "null", "90"),
        ("days", "30", "360"),
        ("end", "null", '"2019-06-30T07:00:00Z"'),
        ("end", '"2018-01-01T00:00:00Z"', '"2019-06-30T07:00:00Z"'),
        ("end", "", '"2019-06-30T07:00:00Z"'),
    ],
)
@pytest.mark.parametrize("comment", ["", " # moved by hand"])
def test_only_the_value_changes(tmp_path: Path, key: str, old: str, written: str, comment: str) -> None:
    path = tmp_path / "params.yaml"
    lines = (ROOT / "params.yaml").read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(f"  {key}:"))
    lines[number] = f"  {key}: {old}{comment}"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    set_ingest_value(path, key, written)
    changed = path.read_text(encoding="utf-8").splitlines()
    assert changed[number].split(" #")[0].rstrip() == f"  {key}: {written}"
    assert ("moved by hand" in changed[number]) == bool(comment)
    assert changed[:number] + changed[number + 1 :] == lines[:number] + lines[number + 1 :]


@pytest.mark.parametrize(
    "text",
    [
        "ingest: {source: snapshot, end: null, path: x, timeframe: 1h}\n",
        "ingest:\n  source: snapshot\n",
        "ingest: 5\n",
        "features:\n  end: null\n",
    ],
)
def test_a_file_that_is_not_so_is_not_touched(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="`ingest.end` is not on a line of its own"):
        set_ingest_value(path, "end", "null" if "features" in text else '"2019-06-30T07:00:00Z"')
    assert path.read_text() == text


def test_a_file_that_is_missing_or_broken_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"params.yaml is missing; restore it with `git checkout -- params.yaml`"):
        set_ingest_value(tmp_path / "params.yaml", "days", "5")
    (tmp_path / "params.yaml").write_text("a: [1\nb: 2\n")
    with pytest.raises(UserError, match=r"params.yaml, line \d is not valid YAML"):
        set_ingest_value(tmp_path / "params.yaml", "days", "5")
    (tmp_path / "params.yaml").write_text("[" * 3000)
    with pytest.raises(UserError, match=r"params.yaml, line 1: is nested too deeply to be read"):
        set_ingest_value(tmp_path / "params.yaml", "days", "5")


def test_values_of_any_block_change_and_every_comment_stays(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    before = (ROOT / "params.yaml").read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    values = {
        "members.lightgbm.num_leaves": 17,
        "members.lightgbm.learning_rate": 0.0312,
        "members.xgboost.without": ["macd/close", "rsi_14"],
        "ensemble.weights.random_forest": 0.9,
        "evaluation.trials": 999,
    }
    set_values(path, values)
    after = path.read_text(encoding="utf-8")
    content = parse_params(after, path)
    assert content["members"]["xgboost"]["without"] == ["macd/close", "rsi_14"]
    assert content["members"]["lightgbm"]["num_leaves"] == 17
    differ = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert [line[2:] for line in differ if line.startswith("+ ")] == [
        "    learning_rate: 0.0312",
        "    num_leaves: 17",
        '    without: ["macd/close", "rsi_14"]',
        "    random_forest: 0.9",
        "  trials: 999",
    ]
    assert len([line for line in differ if line.startswith("- ")]) == 4


def test_a_value_that_has_no_line_of_its_own_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    for text, key in (
        ("ensemble: {weights: {a: 1.0}}\n", "ensemble.weights.a"),
        ("ensemble: 5\n", "ensemble.weights.a"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match="is not on a line of its own|there is no block `ensemble.weights`"):
            set_values(path, {key: 0.5})
        assert path.read_text() == text
