"""The one shape of an error (docs/live-api.md)."""

import msgspec


class Refusal(Exception):
    """A request that is answered with an error.

    Args:
        status: of HTTP.
        code: for programs, as `invalid_rows`.
        sentence: what is wrong, where, what to do.
        close: whether the connection ends with the answer, as when the rest of a body is not read.
    """

    def __init__(self, status: int, code: str, sentence: str, *, close: bool = False) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.close = status, code, sentence, close


class ErrorBody(msgspec.Struct):
    """What a client gets: a string under `error`, as clients of the Open Inference Protocol expect it."""

    error: str
    code: str
    request_id: str


def error_body(sentence: str, code: str, request_id: str) -> bytes:
    """The JSON of an error."""
    return msgspec.json.encode(ErrorBody(sentence, code, request_id))
