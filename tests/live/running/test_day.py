"""A day of real candles, replayed by an exchange on loopback, through `make up` (runner and service) and the page."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from src.live.journal.rows import MISSED, Prediction
from src.live.running.halt import HALT, RESUME, ask
from tests.live.dashboard.test_dashboard import browser, opened, pytestmark  # noqa: F401, the fixture and its condition
from tests.live.exchange_server import replay
from tests.live.runner_tree import LIVE, ONE, TWO, Tree
from tests.live.running.test_runner_kills import HOUR, START, true_answers
from tests.live.service.process import SERVE, Service, until

# Seconds of the exchange's clock in one second: a candle in one.
SPEED = 3600.0
DAY = 24 * HOUR
UP = "import sys; from src.live.running.up import run_up; from src.management.console import echo, one_sentence\n"
UP += f"parts = {{'live': {LIVE!r}, 'serve': {SERVE!r}}}\n"
UP += "commands = {name: [sys.executable, '-c', code, sys.argv[1]] for name, code in parts.items()}\n"
UP += "with one_sentence(): run_up(commands, echo)"
ROWS = "[...document.querySelectorAll('#journal tbody tr')].map(r => [...r.children].map(c => c.innerText.trim()))"


@contextmanager
def up(bot: Tree) -> Iterator[Service]:
    """Runner and service, ended by SIGTERM: a kill would leave both."""
    running = Service(bot.root, UP)
    try:
        _ = running.url
        yield running
    finally:
        running.signal()
        assert running.wait(120) == 0, running.text[-20:]


@pytest.mark.drill
def test_a_day_through_runner_service_and_page(
    bot: Tree,
    snapshot: pd.DataFrame,
    browser: Browser,  # noqa: F811
    capsys: Any,
) -> None:
    bot.promote(live=ONE, stage_10=TWO)
    with replay(snapshot, START, SPEED) as server:
        bot.set(
            exchange={"timeout": 30.0, "attempts": 2, "first_wait": 0.05, "settings": server.settings},
            runner={"speed": SPEED, "jitter": 0.0, "watch": 0.1},
            serve={"port": 0},
        )
        with up(bot) as running, opened(browser, SimpleNamespace(url=running.url, token=None)) as page:  # type: ignore[arg-type]
            until(bot.reader.newest)
            first = bot.reader.predictions()[0].opened
            until(lambda: newest(bot) >= first + DAY // 2, 300)
            # A halt reaches the page, and every answer from the next candle on.
            ask(bot.journal, HALT, "me", "the exchange is being repaired", time.time())
            halted = newest(bot)
            expect(page.locator("#banners [role=alert]")).to_contain_text("the exchange is being repaired")
            until(lambda: newest(bot) >= halted + 3 * HOUR, 300)
            assert {row.share for row in bot.reader.predictions(halted + 2 * HOUR)} == {0.0}
            ask(bot.journal, RESUME, "me", "it is back", time.time())
            expect(page.locator("#banners [role=alert]")).to_have_count(0)
            # Whatever the page shows at any moment is what the journal holds.
            until(lambda: max(row.opened for row in agreed(bot, page)) >= first + DAY, 300)
            last = agreed(bot, page)
            if shot := os.environ.get("SCREENSHOT"):
                page.screenshot(path=shot, full_page=True)
        rows = bot.reader.predictions()
    opens = sorted({row.opened for row in rows})
    answered = [row for row in rows if row.probability is not None]
    assert [(row.opened, row.version) for row in rows] == [
        (moment, version) for moment in range(first, opens[-1] + HOUR, HOUR) for version in (ONE, TWO)
    ]
    assert len(answered) + sum(row.reason == MISSED for row in rows) == len(rows)
    # A slow machine misses some.
    assert len(answered) >= len(rows) / 2
    assert {row.share for row in answered} == {0.0, 0.1, 0.9}
    assert [event.what for event in bot.reader.events_after(0) if event.what in (HALT, RESUME)] == [HALT, RESUME]
    assert bot.reader.first_fault() is None
    true_answers(bot, snapshot, answered)
    with capsys.disabled():
        print(f"\n{len(opens)} candles, {len(rows)} rows, {len(answered)} answered; {len(last)} rows on the page agree")


def newest(bot: Tree) -> int:
    return bot.reader.newest()[0].opened


def agreed(bot: Tree, page: Page) -> list[Prediction]:
    """The journal's rows of those that the page shows now; both say the same."""
    rows: list[list[str]] = page.evaluate(ROWS)
    written = bot.reader.predictions()
    by_name = {(f"{pd.Timestamp(row.opened, unit='s'):%-d %b %H:%M}", row.version): row for row in written}
    found = []
    for candle, version, probability, _, _, _, stake, *_ in rows:
        row = by_name[candle.partition("–")[0], version]
        said = re.fullmatch(r"([\d.]+) %", probability)
        assert (said is None) == (row.probability is None), (candle, version, probability, row)
        if said is not None and row.probability is not None:
            assert float(said[1]) / 100 == pytest.approx(row.probability, abs=0.00051)
        assert stake == f"{row.share:.0%}".replace("%", " %")
        found.append(row)
    return found
