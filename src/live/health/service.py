"""The service: asked over HTTP, here or at another place."""

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.shown import shown_path, shown_url
from src.live.health.findings import Finding, Level
from src.live.service.listening import listening
from src.live.settings import LiveSettings
from src.notices.events import duration

TIMEOUT = 10.0
_MOST = 1 << 20


def local_service(root: Path, settings: LiveSettings, variables: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """The service of this machine."""
    place = listening(root, settings.serve, variables)
    if place.port == 0:
        yield Finding("service", Level.WELL, "not asked: `serve.port` is 0, so nobody knows where it listens")
        return
    host = "127.0.0.1" if place.host in ("0.0.0.0", "::", "localhost") else place.host
    at = f"http://[{host}]:{place.port}" if ":" in host else f"http://{host}:{place.port}"
    yield _ready(at)


def service_at(url: str, settings: LiveSettings, token: str | None) -> Iterator[Finding]:
    """A service elsewhere: what it says of itself, and of the journal where the token lets it be asked.

    Args:
        url: as https://ensemble-abc.a.run.app.
        settings: of deploy/live.yaml.
        token: of the service; without one only `/health` is asked.
    """
    if not url.startswith(("http://", "https://")):
        raise UserError(f"URL {shown_url(url)[:100]!r} is no address; write it as https://….")
    ready = _ready(url.rstrip("/"))
    yield ready
    if ready.level is Level.WELL and token:
        status, told = _asked(f"{url.rstrip('/')}/status", token)
        if status != 200 or not isinstance(told, dict):
            yield Finding("status", Level.ILL, f"GET /status answered with status {status}.")
            return
        yield from _status(told, settings)


def _status(told: Mapping[str, Any], settings: LiveSettings) -> Iterator[Finding]:
    age, timeframe = told.get("candle_age"), told.get("timeframe")
    if age is None or timeframe is None:
        yield Finding("candles", Level.IDLE, "it has no journal, or an empty one: no runner answered a candle there")
    else:
        late = age > 2 * timeframe + settings.runner.settling + settings.notices.overdue
        yield Finding("candles", Level.ILL if late else Level.WELL, f"the newest row closed {duration(age)} ago")
    if halt := told.get("halted"):
        yield Finding("halt", Level.IDLE, f"every answer has stake 0: {shown_path(str(halt.get('why')))}")
    if (guard := told.get("guard")) and guard.get("reason"):
        yield Finding("guard", Level.IDLE, shown_path(str(guard.get("sentence"))))
    if error := told.get("reload_error"):
        yield Finding("versions", Level.ILL, shown_path(str(error)))


def _ready(at: str) -> Finding:
    shown = shown_url(at)
    try:
        status, told = _asked(f"{at}/health")
    except UserError as error:
        return Finding("service", Level.ILL, f"{error}")
    if status == 200:
        return Finding("service", Level.WELL, f"{shown} is ready")
    live = isinstance(told, dict) and told.get("live")
    why = "answers, but is not ready" if live else f"answered with status {status}"
    return Finding("service", Level.ILL, f"{shown} {why}; see the log of `make serve`.")


def _asked(url: str, token: str | None = None) -> tuple[int, Any]:
    """Status and JSON.

    Raises:
        UserError: nobody answers.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as answer:
                return answer.status, _json(answer.read(_MOST))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read(_MOST))
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        why = getattr(reason, "strerror", None) or type(reason).__name__
        raise UserError(f"{shown_url(url)} does not answer ({why}); start `make serve`.") from None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
