"""Put on PYTHONPATH as sitecustomize.py: this Python can reach nothing but loopback."""

import sys

LOOPBACK = ("127.0.0.1", "::1", "localhost", None)


def refuse(event: str, arguments: tuple) -> None:
    """An audit hook: an error in the place of a connection, or of a look-up, of another host."""
    if event == "socket.getaddrinfo" and arguments[0] not in LOOPBACK:
        raise PermissionError(f"the drill looked up {arguments[0]}")
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in LOOPBACK:
        raise PermissionError(f"the drill connected to {arguments[1][0]}")


sys.addaudithook(refuse)
