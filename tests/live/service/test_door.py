"""Who may ask, and what every answer carries."""

import json

import pytest

from src.core.errors import UserError
from src.live.service.listening import Listening, listening
from src.live.settings import ServeSettings
from tests.live.runner_tree import ONE, Tree
from tests.live.service.process import TOKEN

OPEN = Listening("0.0.0.0", 8000, TOKEN)
BEARER = {"authorization": f"Bearer {TOKEN}"}


def test_off_loopback_only_health_is_open(make, bot: Tree) -> None:
    bot.promote(live=ONE)
    client = make(bot, OPEN)
    assert client.get("/health").json() == {"live": True, "ready": True}
    for path in ("/v2/health/live", "/v2/health/ready"):
        assert client.get(path).status_code == 200
    assert '<form method="post" action="/login">' in client.get("/").text
    for path in ("/", "/versions", "/metrics", "/v2", "/events", "/openapi.json", "/assets/words.json", "/nothing"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
    assert client.get("/versions", headers=BEARER).status_code == 200
    for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ", TOKEN):
        assert client.get("/versions", headers={"authorization": wrong}).status_code == 401
    assert client.get(f"/versions?token={TOKEN}").status_code == 401


def test_the_page_signs_in_once_and_gets_a_cookie_that_is_not_the_token(make, bot: Tree) -> None:
    client = make(bot, OPEN)
    assert client.post("/login", json={"token": "wrong"}).status_code == 401
    answer = client.post("/login", json={"token": TOKEN})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204
    assert {"HttpOnly", "SameSite=Strict", "Secure", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie
    session = {"cookie": cookie.split(";")[0]}
    assert client.get("/versions", headers=session).status_code == 200
    assert client.post("/logout", headers=session).status_code == 303
    assert client.get("/versions", headers=session).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
def test_on_loopback_another_host_name_is_refused(make, bot: Tree, host: str) -> None:
    assert make(bot).get("/versions", headers={"host": host}).json()["code"] == "host"


def test_a_page_of_another_origin_is_refused_everywhere(make, bot: Tree) -> None:
    for client in (make(bot), make(bot, OPEN)):
        answer = client.post("/predict", json={"features": []}, headers={"origin": "http://evil.example"} | BEARER)
        assert answer.json()["code"] == "origin"
        own = {"origin": "http://127.0.0.1:8000"} | BEARER
        assert client.post("/predict", json={"features": []}, headers=own).json()["code"] == "no_rows"


def test_every_answer_has_the_headers(make, bot: Tree) -> None:
    client = make(bot)
    for path in ("/", "/versions", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
    assert client.get("/health", headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert client.get("/health", headers={"x-request-id": "no good\x7f"}).headers["x-request-id"] != "no good\x7f"


@pytest.mark.parametrize(
    ("settings", "variables", "sentence"),
    [
        ({"host": "0.0.0.0"}, {}, "other machines can reach 0.0.0.0, so the service needs a token"),
        ({}, {"PORT": "8080"}, "other machines can reach 0.0.0.0"),
        ({}, {"PORT": "http"}, "PORT is 'http', no port"),
        ({}, {"SERVE_TOKEN": "short"}, "holds no token of at least 32"),
        ({"token_file": "missing"}, {}, r"`serve.token_file` \(missing\) cannot be read"),
    ],
)
def test_it_refuses_to_start_where_others_could_ask(tmp_path, settings: dict, variables: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        listening(tmp_path, ServeSettings(**settings), variables)


def test_a_platform_that_sets_port_gets_all_addresses_and_the_token(tmp_path) -> None:
    found = listening(tmp_path, ServeSettings(), {"PORT": "8080", "SERVE_TOKEN": f"{TOKEN}\n"})
    assert (found.host, found.port, found.token) == ("0.0.0.0", 8080, TOKEN)


def test_the_token_is_never_logged(make, bot: Tree) -> None:
    from tests.live.service.conftest import state_of

    state = state_of(bot, OPEN)
    from starlette.testclient import TestClient

    from src.live.service.app import make_app

    with TestClient(make_app(state), base_url="http://127.0.0.1:8000") as client:
        client.get(f"/versions?token={TOKEN}", headers=BEARER)
        client.post("/login", json={"token": TOKEN})
        client.post("/login", data={"token": f"{TOKEN}x"})
    state.log.flush()
    text = state.log._stream.getvalue()
    assert len(text.splitlines()) == 3
    assert TOKEN not in text
    assert {json.loads(line)["route"] for line in text.splitlines()} == {"/versions", "/login"}
