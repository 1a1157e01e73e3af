"""How the server begins and ends."""

import asyncio
import json
import socket
from http.client import HTTPResponse
from typing import Any

import pytest
import uvicorn

from src.core.errors import UserError
from src.live.service.listening import Listening
from src.live.service.server import Server, _bound
from tests.live.runner_tree import ONE, Tree
from tests.live.service.conftest import state_of


def test_a_connection_that_waits_when_the_listener_closes_is_answered(bot: Tree) -> None:
    bot.promote(live=ONE)
    source: Any = None
    server, listener = Server(state_of(bot), source), socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    server._listeners = [listener]
    with socket.create_connection(listener.getsockname(), timeout=60) as waiting:
        waiting.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")

        async def end() -> int:
            server.config.load()
            await server._take_waiting()
            # Whatever was not taken is reset here.
            listener.close()
            answer = HTTPResponse(waiting)
            await asyncio.to_thread(answer.begin)
            return answer.status

        assert asyncio.run(end()) == 200


def test_it_says_that_it_serves_when_it_does(bot: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads `start` may connect and send signals at once."""
    bot.promote(live=ONE)
    state, told = state_of(bot), list[str]()
    source: Any = None

    async def startup(*_: Any, **__: Any) -> None:
        told.append(state.log._stream.getvalue())

    monkeypatch.setattr(uvicorn.Server, "startup", startup)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(Server(state, source).startup([listener]))
        assert told == [""]
        (line,) = state.log._stream.getvalue().splitlines()
        assert (json.loads(line)["event"], json.loads(line)["port"]) == ("start", listener.getsockname()[1])


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"cannot listen on 127.0.0.1, port {port} \(Address already in use\)"):
            _bound(Listening("127.0.0.1", port, None))
