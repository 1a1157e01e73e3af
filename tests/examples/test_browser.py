"""The graph in Chromium answers as in Python, and the page asks no other host."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT
from tests.examples import needed
from tests.examples.conftest import Asked, check_lines

# As root Chromium needs --no-sandbox. No host but loopback can be found, whatever the page or the browser asks for.
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a line for each on stderr."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(asked: Asked, bundle: Path, tmp_path: Path) -> Iterator[str]:
    """Address of a server on loopback with the examples, the bundle and the candles."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "bundle").symlink_to(bundle)
    (tmp_path / "candles.json").symlink_to(asked.file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def shown(address: str) -> tuple[str, str, set[str]]:
    """What the page at ``address`` says of its state, its answers, and the hosts that it asked."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needed.chromium(), args=FLAGS)
        page = browser.new_page()
        asked_hosts: set[str] = set()
        page.on("request", lambda request: asked_hosts.add(str(urlsplit(request.url).hostname)))
        page.goto(address)
        page.wait_for_selector("#state:not(:has-text('computing'))", timeout=120_000)
        texts = (page.locator("#state").text_content(), page.locator("#answers").text_content())
        browser.close()
    return str(texts[0]), str(texts[1]), asked_hosts


@pytest.mark.drill
def test_every_window_in_chromium(site: str, asked: Asked) -> None:
    needed.chromium()
    page = f"{site}/examples/browser/index.html?graph=/bundle/production_signal.onnx&candles=/candles.json"
    state, answers, hosts = shown(page)
    assert state == f"{len(asked.probability)} answers"
    assert hosts == {"127.0.0.1"}
    # Newest first on the page.
    oldest_first = "\n".join(reversed(answers.splitlines()))
    print("Chromium:", check_lines(oldest_first, asked))


@pytest.mark.drill
def test_the_page_says_what_is_missing(site: str) -> None:
    needed.chromium()
    state, answers, _ = shown(f"{site}/examples/browser/index.html?graph=/bundle/none.onnx")
    assert state == "no answer: /bundle/none.onnx is missing (HTTP 404)"
    assert answers == ""
