"""Requests and replies, as every endpoint reads and writes them."""

from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from src.live.service.errors import Refusal

T = TypeVar("T")
_ENCODE = msgspec.json.Encoder().encode


def reply(content: Any, status: int = 200) -> Response:
    """``content`` as JSON."""
    return Response(_ENCODE(content), status, media_type="application/json")


async def body_of(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        Refusal: it has more than ``most`` bytes, is compressed, or the client has gone.
    """
    headers, receive = request.scope["header"], request.receive
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Refusal(415, "compressed", "the body is compressed; send it as it is.", close=True)
    sentence = f"the body has more than {most} bytes (`serve.body_bytes`); send it in parts."
    length = headers.get(b"content-length", b"0")
    if len(length) > 15 or int(length) > most:  # the parser lets only digits pass
        raise Refusal(413, "too_large", sentence, close=True)
    parts: list[bytes] = []
    message, size = await receive(), 0
    while message["type"] == "http.request":
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise Refusal(413, "too_large", sentence, close=True)
        if not message.get("more_body", False):
            return b"".join([*parts, part]) if parts else part
        parts.append(part)
        message = await receive()
    raise Refusal(400, "gone", "the client left before the whole request had arrived; send it again.")


def decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """``body`` as what ``decoder`` makes of it.

    Raises:
        Refusal: it is not JSON, or not of that shape.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "invalid_request", f"{_plain(error)}; see /openapi.json for what is read here.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, "invalid_json", f"the body is not JSON ({_plain(error)}); send JSON in UTF-8.") from None


def _plain(error: Exception) -> str:
    text = str(error).replace(" - at `$", " at `").replace("`.", "`", 1) if " - at " in str(error) else str(error)
    return text[:300]
