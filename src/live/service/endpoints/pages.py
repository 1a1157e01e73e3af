"""The page and its files, and signing in: the token once, then a session that a stream of events can carry too."""

from pathlib import Path
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from src.live.service.errors import Refusal
from src.live.service.replies import body_of, decoded
from src.live.service.routing import route
from src.live.service.state import State

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
_SIGN_IN = Path(__file__).resolve().with_name("sign_in.html")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_FORM_BYTES = 4096


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """A token as JSON."""

    token: str


_DECODER = msgspec.json.Decoder(Login)


def routes() -> list[Route]:
    """The page."""
    return [
        route("GET", "/", page),
        route("GET", "/assets/{name}", asset),
        route("POST", "/login", login),
        route("POST", "/logout", logout),
    ]


async def page(_request: Request, _state: State) -> Response:
    """The dashboard."""
    return _file("index.html")


async def asset(request: Request, _state: State) -> Response:
    """A file of the dashboard."""
    return _file(request.path_params["name"])


def sign_in(failed: bool = False) -> bytes:
    """The page that asks for the token; it needs no script and no file."""
    text = _SIGN_IN.read_text(encoding="utf-8")
    return text.replace('class="failed" hidden', 'class="failed"').encode() if failed else text.encode()


async def login(request: Request, state: State) -> Response:
    """A session for whoever sends the token, as the page's form or as JSON."""
    body = await body_of(request, _FORM_BYTES)
    form = not request.headers.get("content-type", "").startswith("application/json")
    if form:
        given = parse_qs(body.decode("utf-8", "replace"), max_num_fields=4).get("token", [""])[0]
    else:
        given = decoded(_DECODER, body).token
    if state.access.needs_token and not state.access.is_token(given.strip().encode()):
        if form:
            return Response(sign_in(failed=True), 401, media_type="text/html; charset=utf-8")
        raise Refusal(401, "token", "this is not the token; send the one the service was started with.")
    headers = {"set-cookie": state.access.open_session()} if state.access.needs_token else {}
    return Response(status_code=303, headers={**headers, "location": "/"}) if form else Response(None, 204, headers)


async def logout(request: Request, state: State) -> Response:
    """End the session."""
    removed = state.access.close_session(request.headers.get("cookie", "").encode())
    return Response(status_code=303, headers={"set-cookie": removed, "location": "/"})


def _file(name: str) -> Response:
    """A file of the dashboard's folder, of a kind that a page has.

    Raises:
        Refusal: there is none.
    """
    path = DASHBOARD / name
    kind = _TYPES.get(path.suffix)
    if kind is None or path.parent != DASHBOARD or name.startswith(".") or not path.is_file():
        raise Refusal(404, "not_found", "the page has no such file; GET / is where it starts.")
    return Response(path.read_bytes(), headers={"content-type": kind})
