"""The page in a real Chromium, beside a server that answers as docs/live-api.md says."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live.dashboard.dashboard_server import TOKEN, DashboardServer
from tests.live.dashboard.recorded_days import Recorded

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install Debian's `chromium`")
STEPS: dict[str, tuple[str | None, float]] = {"v1.2.0": ("live", 0.9), "v1.3.0": ("stage-10", 0.1)}
# A busy machine draws late.
expect.set_options(timeout=60_000)
PHONE = {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not run as root, as in a container.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def recorded(snapshot: pd.DataFrame, hours: int = 24, extra: int = 2, **options: Any) -> Recorded:
    """``hours`` candles have closed, ``extra`` more can."""
    made = Recorded(snapshot, hours + extra, **{"steps": STEPS, **options})
    for _ in range(hours):
        made.close_candle()
    return made


@contextmanager
def opened(browser: Browser, server: DashboardServer, **options: Any) -> Iterator[Page]:
    """The page, in a browser of its own; it must ask no other host, and log no error."""
    context = browser.new_context(**{"locale": "en-US", "timezone_id": "Asia/Tokyo", **options})
    page, faults, hosts = context.new_page(), list[str](), set[str]()
    page.on("console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(server.url)
    page.wait_for_selector("#now .tile, #sign-in:not([hidden]) form")
    yield page
    context.close()
    assert hosts == {urlsplit(server.url).netloc}
    assert [fault for fault in faults if "401" not in fault or server.token is None] == []


def test_it_shows_a_day_of_candles_and_what_the_answers_were_worth(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot, 60)
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#now b")).to_have_text(f"{content.rows[-2].probability:.1%}".replace("%", " %"))
        expect(page.locator("#readout b")).to_have_text("17 Oct 07:00–08:00 UTC")
        expect(page.locator("#readout")).to_contain_text("16:00 GMT+9")
        first = page.locator("#versions tbody tr").first
        scores = content.answer("/scores")["versions"][0]
        expect(first.locator("th")).to_have_text("v1.2.0 live")
        expect(first.locator("td").nth(1)).to_have_text("59")
        expect(first.locator("td").nth(2)).to_have_text(f"{scores['skill']:+.3f} ± (4 weeks)".replace("-", "−"))
        expect(first.locator("td").nth(3)).to_have_text(f"{scores['brier']:.3f}")
        assert page.locator("#journal tbody tr").count() == 60
        assert page.locator("#calibration circle").count() == 2 * len(scores["calibration"])
        assert page.locator("canvas").count() == 3
        expect(page.locator("#guard .badge")).to_have_text("passes")


def test_a_version_with_two_heads_tells_volatility_and_position(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot, sized=frozenset({"v1.2.0"}))
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#pulse")).to_contain_text("connected")
        tile = page.locator("#now .tile", has_text="Volatility of the next")
        expect(tile.locator("dd")).to_contain_text(f"{content.rows[-2].volatility:.2%}".replace("%", " %"))
        expect(tile.locator("small")).to_have_text("long only: hold 37.1 % of the share")
        expect(page.locator("#readout")).to_contain_text("hold37.1 %")
        content.sized = frozenset()
        for row in content.close_candle():
            server.send("prediction", row)
        # Its next answer has none, and the tile goes.
        expect(tile).to_have_count(0)


def test_the_charts_are_drawn_with_what_the_journal_holds(browser: Browser, snapshot: pd.DataFrame) -> None:
    """A canvas holds no text: its pixels of the candles' colours are counted."""
    falls = (
        "[...document.querySelectorAll('canvas')].map(c => { const d = c.getContext('2d').getImageData(0, 0, c.width,"
    )
    falls += "c.height).data; let n = 0; for (let i = 0; i < d.length; i += 4)"
    falls += "if (d[i] === 180 && d[i + 1] === 35 && d[i + 2] === 48) n++; return n; })"
    with DashboardServer(recorded(snapshot)) as server, opened(browser, server, color_scheme="light") as page:
        price, probability, _ = page.evaluate(falls)
        assert price > 500
        assert probability == 0


def test_a_version_that_is_only_scored_says_that_no_step_runs_it(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot, steps={"v1.2.0": ("live", 1.0), "v1.1.0": (None, 0.0)})
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#now .tile").last).to_contain_text("v1.1.0 · no rollout step")


def test_it_says_why_the_probability_is_what_it_is(browser: Browser, snapshot: pd.DataFrame) -> None:
    with DashboardServer(recorded(snapshot)) as server, opened(browser, server) as page:
        rows = page.locator("#why tbody tr")
        assert rows.count() == 3
        expect(rows.nth(0)).to_contain_text("atr_14")
        expect(rows.nth(0).locator("td").nth(2)).to_have_text("+4.0 %")
        expect(rows.nth(2).locator("td").nth(2)).to_have_text("−1.3 %")
        assert [meter.get_attribute("class") for meter in page.locator("#why meter").all()] == ["up", "up", "down"]
    with DashboardServer(recorded(snapshot, 0)) as server, opened(browser, server) as page:
        expect(page.locator("#why")).to_contain_text("568 are needed to explain an answer")


def test_a_new_candle_arrives_through_the_stream(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot)
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#pulse")).to_contain_text("connected")
        expect(page.locator("#journal tbody th").first).to_have_text("17 Oct 07:00–08:00")
        for row in content.close_candle():
            server.send("prediction", row)
        expect(page.locator("#journal tbody th").first).to_have_text("17 Oct 08:00–09:00")
        expect(page.locator("#readout b")).to_have_text("17 Oct 08:00–09:00 UTC")
        expect(page.locator("#versions tbody td").nth(1)).to_have_text("24")


def test_what_came_while_the_stream_was_broken_is_read_afterwards(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot)
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#pulse")).to_contain_text("connected")
        content.close_candle()  # and no event tells of it
        server.drop()
        expect(page.locator("#journal tbody th").first).to_have_text("17 Oct 08:00–09:00")
        expect(page.locator("#pulse")).to_contain_text("connected")


def test_a_halt_shows_at_once_and_leaves_no_stake(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot)
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#pulse")).to_contain_text("connected")
        expect(page.locator("#banners")).to_be_empty()
        expect(page.locator("#now dd").nth(2)).to_contain_text("90 %")
        content.halted = {"since": 1571300000.0, "why": "the exchange is being repaired"}
        server.send("status", content.answer("/status"))
        expect(page.locator("#banners [role=alert]")).to_contain_text("the exchange is being repaired")
        expect(page.locator("#now dd").nth(2)).to_contain_text("0 %")


def test_a_late_candle_is_told(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot)
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#pulse")).to_contain_text("connected")
        expect(page.locator("#banners")).to_be_empty()
        content.age = 3 * 3600.0
        server.send("status", content.answer("/status"))
        expect(page.locator("#banners")).to_contain_text("No new candle")
        expect(page.locator("#banners")).to_contain_text("3 h")


def test_many_effects_are_the_twelve_largest_and_the_rest_together(browser: Browser, snapshot: pd.DataFrame) -> None:
    effects = [(f"feature_{number}", 1.0, 1.0, 0.02 - number / 1000) for number in range(38)]
    with DashboardServer(recorded(snapshot, effects=effects)) as server, opened(browser, server) as page:
        rows = page.locator("#why tbody tr")
        expect(rows).to_have_count(13)
        # 26 effects from +0.8 % to −1.7 %, in the mean −0.45 %.
        assert rows.nth(12).inner_text().split("\t")[:4] == ["26 others together", "", "", "−11.7 %"]
        assert rows.nth(11).inner_text().startswith("feature_11")
    with DashboardServer(recorded(snapshot, effects=effects[:13])) as server, opened(browser, server) as page:
        # One more than twelve needs no line for the others.
        expect(page.locator("#why tbody tr")).to_have_count(13)
        expect(page.locator("#why tbody tr").nth(12)).to_contain_text("feature_12")


def test_missed_and_abstained_candles_say_why(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot, steps={"v1.2.0": ("live", 1.0)}, missed=frozenset({22}), abstained=frozenset({23}))
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#now b")).to_have_text("–")
        expect(page.locator("#guard .badge")).to_have_text("abstains")
        newest, before = page.locator("#journal tbody tr").nth(0), page.locator("#journal tbody tr").nth(1)
        expect(newest).to_contain_text("A candle is missing among the newest.")
        expect(before).to_contain_text("Nobody answered in time.")


def test_the_language_is_the_browsers_until_another_is_chosen(browser: Browser, snapshot: pd.DataFrame) -> None:
    with (
        DashboardServer(recorded(snapshot)) as server,
        opened(browser, server, locale="ja-JP") as page,
    ):
        expect(page.locator("html")).to_have_attribute("lang", "ja")
        expect(page.locator("#guard h2")).to_have_text("入力チェック")
        page.get_by_role("button", name="EN").click()
        expect(page.locator("#guard h2")).to_have_text("Window guard")
        page.reload()
        expect(page.locator("#guard h2")).to_have_text("Window guard")
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_theme_is_the_systems_until_another_is_chosen(browser: Browser, snapshot: pd.DataFrame) -> None:
    with DashboardServer(recorded(snapshot)) as server, opened(browser, server, color_scheme="dark") as page:
        expect(page.locator("html")).to_have_css("background-color", "rgb(11, 15, 20)")
        page.get_by_role("button", name="Light").click()
        expect(page.locator("html")).to_have_css("background-color", "rgb(243, 245, 248)")
        page.reload()
        expect(page.locator("html")).to_have_css("background-color", "rgb(243, 245, 248)")


def test_times_are_utc_or_local(browser: Browser, snapshot: pd.DataFrame) -> None:
    with DashboardServer(recorded(snapshot)) as server, opened(browser, server) as page:
        page.get_by_role("button", name="Local").click()
        expect(page.locator("#journal tbody th").first).to_have_text("17 Oct 16:00–17:00")
        expect(page.locator("#readout b")).to_have_text("17 Oct 16:00–17:00 GMT+9")


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
@pytest.mark.parametrize("filled", [True, False], ids=["filled", "empty"])
def test_a_phone_scrolls_in_one_direction(browser: Browser, snapshot: pd.DataFrame, locale: str, filled: bool) -> None:
    content = recorded(snapshot, 200, abstained=frozenset({199})) if filled else recorded(snapshot, 0, present=False)
    with DashboardServer(content) as server, opened(browser, server, locale=locale, viewport=PHONE) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        over = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        assert page.evaluate(f"{over}.map(e => e.outerHTML.slice(0, 80))") == []
        # Nor is anything cut off in a part that could be scrolled sideways.
        cut = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert page.evaluate(cut) == 0


def test_an_empty_journal_says_what_will_appear_and_what_starts_it(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot, 0, steps={"checkout": (None, 1.0)}, present=False)
    with DashboardServer(content) as server, opened(browser, server) as page:
        for part in ("#prices", "#journal"):
            expect(page.locator(f"{part} code")).to_have_text("make live")
        expect(page.locator("#versions tbody th")).to_contain_text("checkout")
        expect(page.locator("#equity .empty, #calibration .empty")).to_have_count(2)
        expect(page.locator("#health")).to_contain_text("there is no journal yet")
        assert page.locator("canvas").count() == 0


def test_the_first_candle_fills_an_empty_page(browser: Browser, snapshot: pd.DataFrame) -> None:
    content = recorded(snapshot, 0)
    with DashboardServer(content) as server, opened(browser, server) as page:
        expect(page.locator("#pulse")).to_contain_text("connected")
        for row in content.close_candle():
            server.send("prediction", row)
        expect(page.locator("#journal tbody tr")).to_have_count(2)
        expect(page.locator("#prices canvas")).to_have_count(2)


def test_the_page_asks_for_the_token_and_goes_on_with_a_session(browser: Browser, snapshot: pd.DataFrame) -> None:
    with DashboardServer(recorded(snapshot), TOKEN) as server, opened(browser, server) as page:
        expect(page.locator("#panels")).to_be_hidden()
        page.get_by_label("Token").fill("another")
        page.keyboard.press("Enter")
        expect(page.locator("#sign-in [role=alert]")).to_have_text("This is not the token.")
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("#journal tbody tr")).to_have_count(48)
        expect(page.locator("#pulse")).to_contain_text("connected")
        expect(page.locator("#sign-in")).to_be_hidden()
        assert page.evaluate("document.cookie") == ""
        assert TOKEN not in page.content()


def test_the_keyboard_reaches_everything(browser: Browser, snapshot: pd.DataFrame) -> None:
    with DashboardServer(recorded(snapshot)) as server, opened(browser, server) as page:
        reached = []
        for _ in range(16):
            page.keyboard.press("Tab")
            focused = (
                "document.activeElement.id || document.activeElement.className || document.activeElement.textContent"
            )
            reached.append(page.evaluate(focused))
        assert reached[0] == "skip"
        assert {"日本語", "Local", "Dark", "1d", "price-chart", "scroll journal-scroll"} <= set(reached)
        page.locator("#price-chart").focus()
        page.keyboard.press("End")
        expect(page.locator("#readout b")).to_have_text("17 Oct 07:00–08:00 UTC")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#readout b")).to_have_text("17 Oct 06:00–07:00 UTC")
        expect(page.locator("#readout")).to_have_attribute("aria-live", "polite")
