"""Where the service listens, and the token that it asks for there."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.core.files import read_regular
from src.live.settings import ServeSettings

TOKEN_VARIABLE = "SERVE_TOKEN"
SHORTEST_TOKEN = 32
MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


class Listening(msgspec.Struct, frozen=True):
    """Where the service listens, and the token it asks for; None only on loopback."""

    host: str
    port: int
    token: str | None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening(root: Path, settings: ServeSettings, variables: Mapping[str, str] = os.environ) -> Listening:
    """Host, port and token by settings and environment.

    A platform that sets PORT (Cloud Run, Heroku) reaches the container from outside: 0.0.0.0 then.

    Raises:
        UserError: PORT is no port, the token cannot be read or is short, or there is none although other machines can
            reach the service.
    """
    host, port = settings.host, settings.port
    if given := variables.get("PORT"):
        if not given.isascii() or not given.isdigit() or not 0 < int(given) < 65536:
            raise UserError(f"the environment variable PORT is {given[:20]!r}, no port; set a number from 1 to 65535.")
        host, port = "0.0.0.0", int(given)
    token = _token(root, settings, variables)
    if token is None and not is_loopback(host):
        raise UserError(
            f"other machines can reach {host}, so the service needs a token: put one into the file that "
            f"`serve.token_file` of deploy/live.yaml names, or into {TOKEN_VARIABLE}; `{MAKE_ONE}` makes one."
        )
    return Listening(host, port, token)


def _token(root: Path, settings: ServeSettings, variables: Mapping[str, str]) -> str | None:
    """The token, which no sentence repeats."""
    if settings.token_file is not None:
        where = f"the file `serve.token_file` ({settings.token_file})"
        try:
            token = read_regular(root / settings.token_file).decode("ascii").strip()
        except OSError as error:
            raise UserError(f"{where} cannot be read ({error.strerror or error}); write the token into it.") from None
        except UnicodeDecodeError:
            raise UserError(f"{where} holds letters that no header can carry; write the token anew.") from None
    elif TOKEN_VARIABLE in variables:
        where, token = f"the variable {TOKEN_VARIABLE}", variables[TOKEN_VARIABLE].strip()
    else:
        return None
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise UserError(
            f"{where} holds no token of at least {SHORTEST_TOKEN} printable letters without a space; "
            f"`{MAKE_ONE}` makes one."
        )
    return token
