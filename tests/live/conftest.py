"""Fixtures of the live side: a bot's folder with released versions."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.conftest import exported, exported_wide  # noqa: F401, the fixtures
from tests.live.runner_tree import Tree, files_of, make_tree

WIDE = "v2.0.0"
SIZING = {"volatility": 0.4, "cap": 1.0, "band": 0.1, "cost": 0.0017, "scale": 1.5}


@pytest.fixture(scope="session")
def versions_tree(exported, tmp_path_factory: pytest.TempPathFactory) -> Tree:  # noqa: F811
    """Read only; tests that change something take ``bot``."""
    return make_tree(tmp_path_factory.mktemp("live") / "bot", exported)


@pytest.fixture
def bot(versions_tree: Tree, tmp_path: Path) -> Iterator[Tree]:
    """A copy of ``versions_tree`` that a test may break."""
    root = tmp_path / "bot"
    shutil.copytree(versions_tree.root, root)
    yield Tree(root, dict(versions_tree.told))
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def wide_bot(bot: Tree, exported_wide) -> Tree:  # noqa: F811
    """``bot`` with one version more, ``WIDE``: two heads, sized by ``SIZING``."""
    bot.set(git={"remote": str(bot.root)})
    bot.release(WIDE, files_of(exported_wide, (2, 2, 1), sizing=SIZING))
    return bot
