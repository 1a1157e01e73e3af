"""Health over HTTP: of a real service, and of servers that are not well."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from src.core.errors import UserError
from src.live.health.findings import Level, worst
from src.live.health.service import local_service, service_at
from src.live.settings import LiveSettings, ServeSettings
from src.management.commands import live
from tests.live.runner_tree import ONE, Tree
from tests.live.service.process import TOKEN, Service
from tests.notices.webhook_server import webhook

SETTINGS = LiveSettings()


def at_port(port: int) -> LiveSettings:
    return LiveSettings(serve=ServeSettings(port=port))


def test_a_service_is_ready_or_not_there(bot: Tree) -> None:
    bot.promote(live=ONE)
    bot.set(serve={"port": 0})
    service = Service(bot.root, SERVE_TOKEN=TOKEN)
    try:
        port = service.port
        (found,) = local_service(bot.root, at_port(port), {})
        assert (found.level, found.sentence) == (Level.WELL, f"http://127.0.0.1:{port} is ready")
        ready, candles = service_at(f"{service.url}/", SETTINGS, TOKEN)
        assert (ready.level, candles.level) == (Level.WELL, Level.IDLE)
        assert candles.sentence == "it has no journal, or an empty one: no runner answered a candle there"
        (_, refused) = service_at(service.url, SETTINGS, "another token of thirty-two letters")
        assert (refused.level, refused.sentence) == (Level.ILL, "GET /status answered with status 401.")
        (alone,) = service_at(service.url, SETTINGS, None)
        assert alone.level is Level.WELL
    finally:
        service.signal()
        service.wait()
    (found,) = local_service(bot.root, at_port(port), {})
    assert found.level is Level.ILL
    assert found.sentence.startswith(f"http://127.0.0.1:{port}/health does not answer (Connection refused)")


def test_a_port_that_nobody_knows_is_said(tmp_path: Path) -> None:
    (found,) = local_service(tmp_path, at_port(0), {})
    assert found.level is Level.WELL
    assert found.sentence.startswith("not asked")


def test_what_answers_otherwise_is_ill() -> None:
    with webhook() as server:
        (found,) = service_at(f"http://127.0.0.1:{server.server_address[1]}", SETTINGS, None)
    assert found.level is Level.ILL
    assert "answered with status 501" in found.sentence


def test_no_address_is_one_sentence() -> None:
    with pytest.raises(UserError, match="is no address; write it as https"):
        list(service_at("ftp://x", SETTINGS, None))


@pytest.mark.parametrize(
    ("told", "level", "sentence"),
    [
        ({"candle_age": 300.0, "timeframe": 3600}, Level.WELL, "closed 5 min ago"),
        ({"candle_age": 9e3, "timeframe": 3600}, Level.ILL, "closed 2 h 30 min ago"),
        ({"candle_age": 300.0, "timeframe": 3600, "halted": {"why": "a\x1b"}}, Level.IDLE, "stake 0: a\\x1b"),
        ({"candle_age": 300.0, "timeframe": 3600, "guard": {"reason": "gap", "sentence": "b"}}, Level.IDLE, "b"),
        ({"candle_age": 300.0, "timeframe": 3600, "guard": {"reason": None}}, Level.WELL, "closed"),
        ({"candle_age": 300.0, "timeframe": 3600, "reload_error": "c"}, Level.ILL, "c"),
    ],
)
def test_what_a_service_says_of_its_journal(told: dict, level: Level, sentence: str, monkeypatch) -> None:
    from src.live.health import service

    monkeypatch.setattr(service, "_asked", lambda *_: (200, told))
    found = list(service_at("https://x", SETTINGS, TOKEN))
    assert worst(found) is level
    assert sentence in found[-1].sentence


def test_the_command_s_exit_code_is_the_verdict(bot: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ROOT", bot.root)
    bot.set(serve={"port": 0})
    ran = CliRunner().invoke(live.app, ["health", "--without", "service"])
    assert ran.exit_code == 1
    first, *_ = ran.output.splitlines()
    assert first == "ill   runner     does not run: nobody writes the journal; start `make live`."
    assert "service" not in ran.output
    ran = CliRunner().invoke(live.app, ["health", "--json"])
    told = msgspec.json.decode(ran.output)
    assert (ran.exit_code, told["level"]) == (1, "ill")
    assert {one["name"] for one in told["findings"]} == {"runner", "service", "journal", "notices", "disk"}
    ran = CliRunner().invoke(live.app, ["health", "--without", "x"])
    assert (ran.exit_code, "knows only service" in ran.output) == (1, True)


def test_notify_tells_and_says_so(bot: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ROOT", bot.root)
    monkeypatch.delenv("DISCORD_WEBHOOK_URL", raising=False)
    ran = CliRunner().invoke(live.app, ["notify", "--why", "hello"])
    assert (ran.exit_code, ran.output.startswith("kept, and told to nobody")) == (0, True)
    with webhook() as server:
        monkeypatch.setenv("DISCORD_WEBHOOK_URL", server.url)
        ran = CliRunner().invoke(live.app, ["notify", "--event", "gate_failed", "--why", "AUC 0.5"])
        assert (ran.exit_code, ran.output) == (0, "told discord.\n")
        (text,) = server.texts
        assert "hello [#1]" in text
        assert "Gate failed: the new model may not run: AUC 0.5 [#2]" in text
    for arguments, sentence in (
        (["--event", "x", "--why", "a"], "nothing that can be told"),
        (["--why", " "], "one line"),
    ):
        ran = CliRunner().invoke(live.app, ["notify", *arguments])
        assert (ran.exit_code, sentence in ran.output) == (1, True)
    with webhook(400) as server:
        monkeypatch.setenv("DISCORD_WEBHOOK_URL", server.url)
        ran = CliRunner().invoke(live.app, ["notify", "--why", "a"])
        assert (ran.exit_code, "refused the message (status 400)" in ran.output) == (1, True)
