"""Send a message to Discord, or to any webhook that takes JSON."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as Headers
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from src.notices.address import Address
from src.notices.rows import DOUBTFUL, READY, REFUSED, SENT, Message, Notice
from src.notices.text import REPEAT

# Of an answer no more is read.
_MOST = 65_536
# A message of which these are the answer will never be taken. 413 is too large.
_NEVER = {400, 405, 406, 411, 413, 415, 422}
# A gateway that gave up may have passed the message on.
_UNKNOWN = {500, 502, 503, 504}
# Links in a reason need no picture below them.
_SUPPRESS_EMBEDS = 4


@dataclass(frozen=True)
class Answered:
    """What came of sending: the state the message is in now, in words why, and how long nothing may be sent.

    ``seconds`` is what the target asks for: after a refusal until the next attempt, else until the next message.
    """

    state: str
    why: str
    seconds: float | None = None


class Target(Protocol):
    """Somebody to tell."""

    @property
    def name(self) -> str:
        """`discord` or `webhook`."""

    def post(self, message: Message, notices: Sequence[Notice], timeout: float, /) -> Answered:
        """Send a message, which holds ``notices``; never raises."""


class Discord:
    """A Discord webhook: https://discord.com/developers/docs/resources/webhook#execute-webhook

    With `wait=true` the answer comes after the message was stored, and holds its id. A webhook knows no nonce.
    """

    name = "discord"

    def __init__(self, address: Address) -> None:
        parts = urlsplit(address.reveal())
        query = urlencode({**dict(parse_qsl(parts.query)), "wait": "true"})
        self._address, self._url = address, urlunsplit(parts._replace(query=query))

    def post(self, message: Message, _notices: Sequence[Notice], timeout: float, /) -> Answered:
        """As ``Target.post``."""
        # Nobody is called by a name that stands in a reason.
        content = {
            "content": self._address.hide(_text(message)),
            "allowed_mentions": {"parse": []},
            "flags": _SUPPRESS_EMBEDS,
        }
        return _post(self._url, content, {}, timeout)


class Webhook:
    """Any webhook that takes JSON: `text` for people (as Slack and Mattermost want it), `notices` for programs."""

    name = "webhook"

    def __init__(self, address: Address) -> None:
        self._address = address

    def post(self, message: Message, notices: Sequence[Notice], timeout: float, /) -> Answered:
        """As ``Target.post``."""
        listed = [{**msgspec.to_builtins(notice), "facts": json.loads(notice.facts)} for notice in notices]
        content = {"text": _text(message), "name": message.name, "notices": listed}
        hidden = json.loads(self._address.hide(json.dumps(content, ensure_ascii=False)))
        # A receiver that knows this header takes a message once, however often it is sent.
        return _post(self._address.reveal(), hidden, {"Idempotency-Key": message.name}, timeout)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the message to somebody else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def _text(message: Message) -> str:
    return f"{message.text}\n{REPEAT}" if message.state == DOUBTFUL else message.text


def _post(url: str, content: Any, headers: dict[str, str], timeout: float) -> Answered:
    request = urllib.request.Request(
        url,
        json.dumps(content).encode(),
        {"Content-Type": "application/json", "User-Agent": "DiscordBot (btc-ensemble, 1)", **headers},
    )
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return Answered(SENT, _id(answer.read(_MOST)), _pause(answer.headers))
    except urllib.error.HTTPError as error:
        with error:
            return _refused(error)
    except urllib.error.URLError as error:
        # The request did not go out whole, so nobody took it.
        return Answered(READY, f"it cannot be reached ({_reason(error)})")
    except (OSError, http.client.HTTPException, ValueError) as error:
        # http.client puts the URL into some of its sentences.
        return Answered(DOUBTFUL, f"the connection broke ({type(error).__name__})")


def _reason(error: urllib.error.URLError) -> str:
    """Never the URL, which some sentences of http.client repeat."""
    reason = error.reason
    return (reason.strerror if isinstance(reason, OSError) else None) or type(reason).__name__


def _refused(error: urllib.error.HTTPError) -> Answered:
    code = error.code
    if code == 429:
        return Answered(READY, "it asks to wait (status 429)", _retry_after(error))
    if code in _NEVER:
        return Answered(REFUSED, f"it refused the message (status {code})")
    if code in _UNKNOWN:
        return Answered(DOUBTFUL, f"it failed (status {code})", _retry_after(error))
    if code in (401, 403, 404, 410):
        return Answered(READY, f"it does not know this webhook (status {code}); make a new one and set its URL")
    return Answered(READY, f"it answered with status {code}", _retry_after(error))


def _retry_after(error: urllib.error.HTTPError) -> float | None:
    """Seconds, by the header or by Discord's body, whichever is longer; a date is not read."""
    try:
        body = json.loads(error.read(_MOST)).get("retry_after")
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        body = None
    found = [_seconds(given) for given in (error.headers.get("Retry-After"), body)]
    return max((seconds for seconds in found if seconds is not None), default=None)


def _pause(headers: Headers) -> float | None:
    """Seconds until the next message, where this was the last that is allowed before."""
    return _seconds(headers.get("X-RateLimit-Reset-After")) if headers.get("X-RateLimit-Remaining") == "0" else None


def _seconds(given: Any) -> float | None:
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _id(body: bytes) -> str:
    try:
        return str(json.loads(body)["id"])[:40]
    except (ValueError, KeyError, TypeError):
        return ""
