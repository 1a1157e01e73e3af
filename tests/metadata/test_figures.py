import json
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.metadata.figures import figures_here

DOCUMENTS = {
    "lightgbm.json": {"walk_forward": {"n": 1}},
    "ensemble.json": {"walk_forward": {"n": 2}},
    "baselines.json": {"base_rate": {"n": 3}, "volatility": {"n": 4}},
    "backtest.json": {"ensemble": {"net_return": 0.5}, "buy_and_hold": {"net_return": 0.6}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    metrics = tmp_path / "reports/metrics"
    metrics.mkdir(parents=True)
    for name, document in DOCUMENTS.items():
        (metrics / name).write_text(json.dumps(document))
    return tmp_path


def test_each_figure_is_taken_from_its_document(folder: Path) -> None:
    found = figures_here(folder, ["lightgbm"])
    assert found.models == {"lightgbm": {"walk_forward": {"n": 1}}, "ensemble": {"walk_forward": {"n": 2}}}
    assert (found.volatility, found.net_return) == ({"n": 4}, 0.5)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("ensemble.json", None, r"reports/metrics/ensemble.json cannot be read \(No such file or directory\); run"),
        ("lightgbm.json", "{", "reports/metrics/lightgbm.json is damaged; run `make repro`"),
        ("lightgbm.json", "[]", "reports/metrics/lightgbm.json is damaged"),
        ("baselines.json", "{}", "reports/metrics/baselines.json has no volatility; run `make repro`"),
        ("backtest.json", '{"ensemble": 1}', "reports/metrics/backtest.json has no ensemble"),
    ],
)
def test_a_document_that_cannot_be_used_is_named(folder: Path, name: str, content: str | None, sentence: str) -> None:
    path = folder / "reports/metrics" / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=sentence):
        figures_here(folder, ["lightgbm"])
