"""Who may ask: token or session where other machines can reach the service, own Host and Origin everywhere."""

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from src.live.service.errors import Refusal
from src.live.service.listening import Listening

_MOST_SESSIONS = 1000
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Access:
    """The checks of a request's headers, and the sessions of the page.

    Args:
        listening: where the service listens, and its token.
        session_days: for which a session lasts.
        clock: seconds; for tests.
    """

    def __init__(
        self, listening: Listening, session_days: float = 7.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.loopback = listening.loopback
        self._token = None if listening.token is None else _digest(listening.token.encode())
        self._seconds, self._clock = session_days * 86400, clock
        self._sessions: dict[bytes, float] = {}
        # A browser sends a cookie of this name only over TLS, and never one that a neighbouring host has set.
        self.cookie = "session" if self.loopback else "__Host-session"

    @property
    def needs_token(self) -> bool:
        """Whether a request without token or session is refused."""
        return self._token is not None

    def check_names(self, host: bytes | None, origin: bytes | None) -> None:
        """Refuse pages of other hosts: their scripts (Origin), and their names that lead here (Host).

        Raises:
            Refusal: 403.
        """
        name = _name(host)
        if self.loopback and name not in _LOCAL_NAMES:
            raise Refusal(403, "host", "the Host header names no loopback address; ask 127.0.0.1 or localhost.")
        if origin is not None and not _same(origin, host):
            raise Refusal(403, "origin", "a page of another origin sent this; ask from the service's own page.")

    def check_token(self, authorization: bytes | None, cookie: bytes | None) -> None:
        """Refuse whoever brings neither the token nor a session.

        Raises:
            Refusal: 401.
        """
        if self._token is None or self.is_token(_bearer(authorization)) or self._has_session(cookie):
            return
        raise Refusal(
            401, "token", "no valid token: send the header `Authorization: Bearer <token>`, or sign in on the page."
        )

    def is_token(self, given: bytes | None) -> bool:
        """Whether this is the token, in a time that says nothing of it."""
        return given is not None and self._token is not None and hmac.compare_digest(_digest(given), self._token)

    def open_session(self) -> str:
        """The Set-Cookie header of a new session; it does not hold the token."""
        session = secrets.token_urlsafe(32)
        now = self._clock()
        self._sessions = {known: end for known, end in self._sessions.items() if end > now}
        while len(self._sessions) >= _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[_digest(session.encode())] = now + self._seconds
        return self._set_cookie(session, round(self._seconds))

    def close_session(self, cookie: bytes | None) -> str:
        """End the session of ``cookie``; the Set-Cookie header that removes it."""
        if session := self._session(cookie):
            self._sessions.pop(_digest(session), None)
        return self._set_cookie("", 0)

    def _set_cookie(self, value: str, seconds: int) -> str:
        secure = "" if self.loopback else "; Secure"
        return f"{self.cookie}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"

    def _has_session(self, cookie: bytes | None) -> bool:
        session = self._session(cookie)
        return session is not None and self._sessions.get(_digest(session), 0.0) > self._clock()

    def _session(self, cookie: bytes | None) -> bytes | None:
        start = self.cookie.encode() + b"="
        found = [part.strip() for part in (cookie or b"").split(b";") if part.strip().startswith(start)]
        return found[0][len(start) :] if found else None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _bearer(authorization: bytes | None) -> bytes | None:
    if authorization is None or authorization[:7].lower() != b"bearer ":
        return None
    return authorization[7:].strip()


@lru_cache(maxsize=64)
def _name(host: bytes | None) -> str:
    """The name in a Host header, without port and brackets."""
    try:
        name = urlsplit(b"//" + (host or b"")).hostname or b""
        text = name.decode("ascii")
    except (ValueError, UnicodeDecodeError):
        return ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return "127.0.0.1" if address.is_loopback else text


def _same(origin: bytes, host: bytes | None) -> bool:
    return origin in (b"http://" + (host or b"?"), b"https://" + (host or b"?"))
