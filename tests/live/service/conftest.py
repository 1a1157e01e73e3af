"""The application without a process, and one real process for tests that change nothing."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from src.live.running.versions import Versions
from src.live.service.access import Access
from src.live.service.app import make_app
from src.live.service.current import Current
from src.live.service.listening import Listening
from src.live.service.logs import Log
from src.live.service.records import Records
from src.live.service.served import LineUp
from src.live.service.state import State
from src.live.telling.telling import notices_of
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.service.process import Service, client, service

Make = Callable[..., TestClient]


def state_of(tree: Tree, listening: Listening | None = None) -> State:
    where = listening or Listening("127.0.0.1", 8000, None)
    state = State(
        tree.settings,
        Access(where),
        Log(io.StringIO()),
        Records(tree.root, tree.settings),
        notices_of(tree.root, tree.settings),
    )
    refused: list[tuple[str, str]] = []
    state.line_up = LineUp(Current(Versions(tree.root, tree.settings), lambda *told: refused.append(told)).look() or ())
    return state


@pytest.fixture
def make() -> Make:
    """A client of the application in this process."""

    def made(tree: Tree, listening: Listening | None = None, **options: Any) -> TestClient:
        app = make_app(state_of(tree, listening))
        return TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False, **options)

    return made


@pytest.fixture(scope="module")
def served(versions_tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, httpx.Client]]:
    """One process with two versions, without a journal."""
    import shutil

    root = tmp_path_factory.mktemp("served") / "bot"
    shutil.copytree(versions_tree.root, root)
    tree = Tree(root, dict(versions_tree.told))
    tree.set(serve={"port": 0, "reload_seconds": 0.1})
    tree.promote(live=ONE, paper=TWO)
    with service(root) as running, client(running) as http:
        yield running, http
