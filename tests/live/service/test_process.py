"""The real process: bad requests, swapped versions, SIGTERM. FUZZ and LOAD_SECONDS make the drills whole."""

import contextlib
import json
import os
import random
import socket
import threading
import time
from collections import Counter
from http.client import HTTPException, HTTPResponse

import httpx
import pytest

from tests.live.runner_tree import ONE, THREE, TWO, Tree
from tests.live.service.process import Service, client, service, until

FUZZ = int(os.environ.get("FUZZ", "200"))
LOAD_SECONDS = float(os.environ.get("LOAD_SECONDS", "6"))
CONNECTIONS, SWAPS = 16, 5
ROW = [1.0] * 12
INFER = "/v2/models/production-ensemble/infer"
HEAD = b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
BODY = json.dumps({"features": [ROW]}).encode()
HEALTH = b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


def connected(running: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=60)


def status_of(running: Service, content: bytes) -> int | None:
    """The status of the answer to these bytes; None where the service closes without one."""
    with connected(running) as connection:
        # What is refused early need not be read to its end.
        with contextlib.suppress(ConnectionError):
            connection.sendall(content)
        answer = HTTPResponse(connection)
        try:
            answer.begin()
        except (ConnectionError, HTTPException):
            return None
        return answer.status


def malformed(chance: random.Random) -> bytes:
    """A request with something wrong: its bytes, head, JSON or values."""
    body = json.loads(BODY)
    path = chance.choice(["/predict", "/signal", INFER, "/journal?limit=x", "/%00", "//", "/v2/models/%ff"])
    kind = chance.randrange(8)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 400))
    if kind == 1:
        content = bytearray(
            b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
        )
        for _ in range(chance.randrange(1, 6)):
            content[chance.randrange(6, len(content))] = chance.randrange(256)
        # What is still a sound request is none of these.
        return bytes(content) + b"\x00"
    if kind == 2:
        return (
            b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"a" * chance.randrange(17_000, 90_000) + b"\r\n\r\n"
        )
    if kind == 3:
        text = chance.randbytes(chance.randrange(1, 300))
    elif kind == 4:
        text = b"[" * chance.randrange(1_000, 100_000)
    elif kind == 5:
        body["features"] = chance.choice(
            [[[None] * 12], [["1"] * 12], [[1e400] * 12], [ROW] * 3 + [[1.0]], {}, 7, [[[]]]]
        )
        text = json.dumps(body).encode()
    elif kind == 6:
        text = b'{"features": [[' + b"9" * chance.randrange(400, 5000) + b"]]}"
    else:
        length = chance.choice([b"-1", b"1e3", b"99999999999999999999", b"2000000"])
        return b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %s\r\n\r\n{}" % (path.encode(), length)
    return HEAD % (path.encode(), len(text)) + text


@pytest.mark.drill
def test_malformed_requests_get_4xx_and_the_service_goes_on(bot: Tree, capsys) -> None:
    # Some never arrive whole.
    bot.set(serve={"port": 0, "request_seconds": 1.0})
    with service(bot.root) as running, client(running) as http:
        chance, statuses = random.Random(11), Counter[int | None]()
        for number in range(FUZZ):
            if number == FUZZ // 5:
                warm = running.resident
            content = malformed(chance)
            status = status_of(running, content)
            statuses[status] += 1
            assert status is not None and 400 <= status < 500, (status, content[:300])
        grown = running.resident - warm
        with capsys.disabled():
            print(f"\n{FUZZ} malformed requests: {dict(statuses)}; memory grew by {grown / 1e6:.1f} MB")
        assert grown < 20e6
        assert http.post("/predict", content=BODY).status_code == 200
        assert "internal" not in "".join(running.text)


def test_a_slow_client_is_answered_408(bot: Tree) -> None:
    bot.set(serve={"port": 0, "request_seconds": 1.0})
    with service(bot.root) as running, connected(running) as slow:
        slow.sendall(b"POST /predict HTTP/1.1\r\n")
        assert b" 408 " in slow.recv(1000)
        with client(running) as http:
            assert http.get("/health").status_code == 200


def test_one_connection_too_many_is_answered_503(bot: Tree) -> None:
    bot.set(serve={"port": 0, "request_seconds": 600.0, "connections": 3})
    with service(bot.root) as running:
        # Accepted in the order in which they came.
        held = [connected(running) for _ in range(3)]
        assert status_of(running, HEALTH) == 503
        for connection in held:
            connection.close()
        # The service hears of that a moment later.
        until(lambda: status_of(running, HEALTH) == 200)


@pytest.mark.drill
def test_no_request_is_lost_while_versions_are_swapped_and_the_process_ends(bot: Tree, capsys) -> None:
    bot.promote(live=ONE)
    # It ends as soon as every connection had its last answer.
    bot.set(serve={"port": 0, "reload_seconds": 0.1, "drain_seconds": 60.0})
    told, errors, draining = Counter[str](), list[str](), threading.Event()

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
            while True:
                try:
                    answer = http.post("/predict", content=BODY)
                except httpx.HTTPError as error:
                    # A process that ends takes no new connection; whatever else happens is a lost request.
                    if not (isinstance(error, httpx.ConnectError) and draining.is_set()):
                        errors.append(repr(error))
                    return
                if answer.status_code != 200:
                    errors.append(answer.text)
                else:
                    told[answer.json()["model_version"]] += 1

    with service(bot.root) as running:
        threads = [threading.Thread(target=ask, args=(running.url,)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for number in range(SWAPS):
            time.sleep(LOAD_SECONDS / (SWAPS + 1))
            bot.promote(live=(TWO, THREE, ONE)[number % 3])
            running.wait_for("reload", number + 1)
        time.sleep(LOAD_SECONDS / (SWAPS + 1))
        draining.set()
        running.signal()
        assert running.wait(120) == 0, running.text[-5:]
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    with capsys.disabled():
        print(f"\n{LOAD_SECONDS:g} s, {CONNECTIONS} connections, {SWAPS} swaps, SIGTERM: {dict(told)}; errors {errors}")
    assert errors == []
    assert set(told) == {ONE, TWO, THREE}


def test_a_version_that_cannot_be_proven_is_refused_and_the_old_one_goes_on(bot: Tree) -> None:
    bot.promote(live=ONE)
    bot.set(serve={"port": 0, "reload_seconds": 0.1})
    bot.without_objects()
    graph = bot.bundles / TWO / "production_signal.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"\x00")
    with service(bot.root) as running, client(running) as http:
        bot.promote(live=TWO)
        refused = running.wait_for("refused")
        assert refused["version"] == TWO
        assert "was altered" in refused["why"]
        assert http.post("/predict", content=BODY).json()["model_version"] == ONE


def test_without_a_version_it_does_not_start(bot: Tree) -> None:
    for path in (bot.root / "models/production").glob("*.onnx"):
        path.unlink()
    running = Service(bot.root)
    assert running.wait() == 1
    assert "production_signal.onnx is missing" in running.events("refused")[0]["why"]
    assert any(line.startswith("error: no version can run") for line in running.text)
