"""The real process: bad requests, swapped versions, SIGTERM. FUZZ and LOAD_SECONDS make the drills whole."""

import json
import os
import random
import socket
import threading
import time
from collections import Counter

import httpx
import pytest

from tests.live.runner_tree import ONE, THREE, TWO, Tree
from tests.live.service.process import Service, client, service

FUZZ = int(os.environ.get("FUZZ", "200"))
LOAD_SECONDS = float(os.environ.get("LOAD_SECONDS", "6"))
CONNECTIONS, SWAPS = 16, 5
ROW = [1.0] * 12
INFER = "/v2/models/production-ensemble/infer"
HEAD = b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
BODY = json.dumps({"features": [ROW]}).encode()


def raw(running: Service, content: bytes) -> bytes:
    """What the service sends back, until it closes or says nothing for a moment."""
    with socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2])), timeout=5) as connection:
        connection.settimeout(2)
        received = b""
        try:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                received += part
        except (TimeoutError, ConnectionError):
            pass
        return received


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
def test_malformed_requests_get_4xx_and_the_service_goes_on(served, capsys) -> None:
    running, http = served
    chance, statuses = random.Random(11), Counter[str]()
    for number in range(FUZZ):
        if number == FUZZ // 5:
            warm = running.resident
        answer = raw(running, malformed(chance))
        status = answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/1.1 ") else "closed"
        statuses[status] += 1
        assert status == "closed" or status[0] == "4", answer[:300]
    grown = running.resident - warm
    with capsys.disabled():
        print(f"\n{FUZZ} malformed requests: {dict(statuses)}; memory grew by {grown / 1e6:.1f} MB")
    assert grown < 20e6
    assert http.post("/predict", content=BODY).status_code == 200
    assert "internal" not in "".join(running.text)


def test_a_slow_client_is_answered_408_and_many_connections_503(bot: Tree) -> None:
    bot.set(serve={"port": 0, "request_seconds": 1.0, "connections": 3})
    with service(bot.root) as running:
        port = int(running.url.rpartition(":")[2])
        slow = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(3)]
        for connection in slow:
            connection.sendall(b"POST /predict HTTP/1.1\r\n")
        time.sleep(0.2)
        assert b" 503 " in raw(running, b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert b" 408 " in slow[0].recv(1000)
        for connection in slow:
            connection.close()
        with client(running) as http:
            assert http.get("/health").status_code == 200


@pytest.mark.drill
def test_no_request_is_lost_while_versions_are_swapped_and_the_process_ends(bot: Tree, capsys) -> None:
    bot.promote(live=ONE)
    bot.set(serve={"port": 0, "reload_seconds": 0.1, "drain_seconds": 3.0})
    told, errors, ending = Counter[str](), list[str](), threading.Event()

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as http:
            while not ending.is_set():
                try:
                    answer = http.post("/predict", content=BODY)
                except httpx.ConnectError:
                    # The process takes no new connections any more.
                    if not ending.is_set() and not running.draining:
                        errors.append("refused")
                    return
                except httpx.HTTPError as error:
                    errors.append(repr(error))
                    return
                if answer.status_code != 200:
                    errors.append(answer.text)
                else:
                    told[answer.json()["model_version"]] += 1

    with service(bot.root) as running:
        running.draining = False
        threads = [threading.Thread(target=ask, args=(running.url,)) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for number in range(SWAPS):
            time.sleep(LOAD_SECONDS / (SWAPS + 1))
            bot.promote(live=(TWO, THREE, ONE)[number % 3])
            running.wait_for("reload", number + 1)
        time.sleep(LOAD_SECONDS / (SWAPS + 1))
        running.draining = True
        running.signal()
        assert running.wait() == 0, running.text[-5:]
        ending.set()
        for thread in threads:
            thread.join(10)
    with capsys.disabled():
        print(f"\n{LOAD_SECONDS:g} s, {CONNECTIONS} connections, {SWAPS} swaps, SIGTERM: {dict(told)}; errors {errors}")
    assert errors == []
    assert set(told) == {ONE, TWO, THREE}


def test_a_version_that_cannot_be_proven_is_refused_and_the_old_one_goes_on(bot: Tree) -> None:
    bot.promote(live=ONE)
    bot.set(serve={"port": 0, "reload_seconds": 0.1})
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
