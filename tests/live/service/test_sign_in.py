"""The real service asks a real browser for the token, once."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.live.dashboard.test_dashboard import browser, pytestmark  # noqa: F401, the fixture and its condition
from tests.live.runner_tree import ONE, Tree
from tests.live.service.process import TOKEN, service


def test_a_browser_signs_in_and_gets_page_files_and_stream(bot: Tree, browser: Browser) -> None:  # noqa: F811
    bot.promote(live=ONE)
    bot.set(serve={"port": 0})
    with service(bot.root, SERVE_TOKEN=TOKEN) as running:
        context: Any = browser.new_context(locale="en-US")
        page = context.new_page()
        answer = page.goto(running.url)
        assert answer.status == 401
        for given, expected in (("x" * 40, "This is not the token."), (TOKEN, None)):
            page.get_by_label("Token").fill(given)
            page.get_by_role("button", name="Sign in").click()
            if expected:
                expect(page.get_by_role("alert")).to_contain_text(expected)
        expect(page.locator("#pulse")).to_contain_text("connected")
        expect(page.locator("#versions")).to_contain_text(ONE)
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert TOKEN not in page.url + cookie["value"] + page.content() + "".join(running.text)
        context.close()
