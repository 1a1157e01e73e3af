"""Whom to tell: addresses that are secrets, since whoever has one can write there."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from src.core.errors import UserError
from src.core.files import read_regular

DISCORD_VARIABLE, WEBHOOK_VARIABLE = "DISCORD_WEBHOOK_URL", "NOTICES_WEBHOOK_URL"


class Address:
    """A secret URL; printed, and in a traceback, it is three letters."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __repr__(self) -> str:
        return "URL"

    def reveal(self) -> str:
        """The URL itself, to open it."""
        return self._url

    def hide(self, text: str) -> str:
        """``text`` without the URL or its path, which is the secret part."""
        parts = urlsplit(self._url)
        for secret in (self._url, parts.path, parts.query, parts.path.rsplit("/", 1)[-1]):
            if len(secret) >= 8:
                text = text.replace(secret, "…")
        return text


def address(
    root: Path, key: str, file: str | None, variable: str, variables: Mapping[str, str] = os.environ
) -> Address | None:
    """The URL in ``file``, else in the environment variable; None where neither is set.

    Args:
        root: of the checkout.
        key: of deploy/live.yaml that names ``file``.
        file: its value.
        variable: the name of the environment variable.
        variables: the environment.

    Raises:
        UserError: the file cannot be read, or holds no URL that may be used; does not repeat it.
    """
    if file is not None:
        where = f"the file `{key}` ({file})"
        try:
            url = read_regular(root / file).decode("ascii").strip()
        except OSError as error:
            raise UserError(f"{where} cannot be read ({error.strerror or error}); write the URL into it.") from None
        except UnicodeDecodeError:
            raise UserError(f"{where} holds letters that no URL has; write the URL anew.") from None
    elif variables.get(variable):
        where, url = f"the variable {variable}", variables[variable].strip()
    else:
        return None
    if fault := _fault(url):
        raise UserError(f"{where} holds {fault}; copy it anew from where the webhook was made.")
    return Address(url)


def _fault(url: str) -> str | None:
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 2000:
        return "no URL"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "no URL"
    if not host or parts.username or parts.fragment:
        return "no URL of a webhook"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return None
    return "a URL that is not https"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
