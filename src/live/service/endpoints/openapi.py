"""`GET /openapi.json`: docs/live-api.md for machines, from the structs that the endpoints read and write."""

from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from src.live.service.endpoints.alerts import AlertsAnswer, AlertsRequest
from src.live.service.endpoints.candles import SignalAnswer, SignalRequest
from src.live.service.endpoints.explained import ExplainAnswer
from src.live.service.endpoints.predict import PredictAnswer, PredictRequest
from src.live.service.endpoints.tensors import DATATYPES, InferAnswer
from src.live.service.errors import ErrorBody
from src.live.service.records import Row
from src.live.service.served import MODEL, VersionsAnswer
from src.live.service.state import State

_STRUCTS = (
    PredictRequest,
    PredictAnswer,
    SignalRequest,
    SignalAnswer,
    VersionsAnswer,
    InferAnswer,
    Row,
    ExplainAnswer,
    AlertsRequest,
    AlertsAnswer,
    ErrorBody,
)
# msgspec describes no ``Raw``, which the data of a tensor is.
_INFER_REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string"},
        "inputs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "shape", "datatype"],
                "properties": {
                    "name": {"const": "features"},
                    "shape": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
                    "datatype": {"enum": list(DATATYPES)},
                    "data": {"type": "array"},
                },
            },
        },
    },
}
_JSON, _EVENTS, _TEXT, _PAGE = "application/json", "text/event-stream", "text/plain", "text/html"
_INFER = f"/v2/models/{MODEL}"
# Method, address, what it does, the name of the struct it reads, that of the one it answers with, media type.
_ENDPOINTS: tuple[tuple[str, str, str, str | None, str | None, str], ...] = (
    ("get", "/health", "Whether the service answers and its graph is proven; open to all.", None, None, _JSON),
    ("post", "/predict", "Probabilities of rows of features.", "PredictRequest", "PredictAnswer", _JSON),
    ("post", "/signal", "Answers to the candles that are sent.", "SignalRequest", "SignalAnswer", _JSON),
    ("get", "/signal", "The journal's newest answers, as they count now.", None, "SignalAnswer", _JSON),
    ("get", "/versions", "The versions that answer.", None, "VersionsAnswer", _JSON),
    ("get", "/status", "Exchange, journal, halt, guard.", None, None, _JSON),
    ("get", "/journal", "Predictions and outcomes.", None, None, _JSON),
    ("get", "/scores", "What each version's predictions were worth.", None, None, _JSON),
    ("get", "/candles", "The journal's candles.", None, None, _JSON),
    ("get", "/explain", "By how much each feature moves the newest probability.", None, "ExplainAnswer", _JSON),
    ("get", "/events", "Server-sent events.", None, None, _EVENTS),
    ("get", "/metrics", "Prometheus.", None, None, _TEXT),
    (
        "post",
        "/alerts",
        "Alertmanager's webhook: alerts for the queue of notices.",
        "AlertsRequest",
        "AlertsAnswer",
        _JSON,
    ),
    ("get", "/v2", "Open Inference Protocol: this server.", None, None, _JSON),
    ("get", "/v2/health/live", "Whether the process answers.", None, None, _JSON),
    ("get", "/v2/health/ready", "Whether a proven version is loaded.", None, None, _JSON),
    ("get", _INFER, "Inputs and outputs of the default version.", None, None, _JSON),
    ("get", f"{_INFER}/ready", "Whether it answers.", None, None, _JSON),
    ("post", f"{_INFER}/infer", "Probabilities of a tensor.", "InferRequest", "InferAnswer", _JSON),
    ("get", f"{_INFER}/versions/{{version}}", "Inputs and outputs of a version.", None, None, _JSON),
    ("get", f"{_INFER}/versions/{{version}}/ready", "Whether it answers.", None, None, _JSON),
    (
        "post",
        f"{_INFER}/versions/{{version}}/infer",
        "Probabilities of a tensor, by one version.",
        "InferRequest",
        "InferAnswer",
        _JSON,
    ),
    ("post", "/login", "The token for a session.", None, None, _PAGE),
    ("post", "/logout", "End the session.", None, None, _PAGE),
    ("get", "/", "The page.", None, None, _PAGE),
    ("get", "/assets/{name}", "A file of the page.", None, None, _TEXT),
)
_QUERIES: dict[str, tuple[tuple[str, str], ...]] = {
    "/journal": (("since", "integer"), ("limit", "integer"), ("version", "string")),
    "/candles": (("since", "integer"), ("limit", "integer")),
    "/scores": (("since", "integer"),),
    "/explain": (("version", "string"),),
}


async def document(_request: Request, _state: State) -> Response:
    """The document."""
    return Response(_encoded(), media_type=_JSON)


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(openapi())


def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 of the service."""
    _, components = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for method, path, summary, reads, answers, kind in _ENDPOINTS:
        paths.setdefault(path, {})[method] = _operation(path, summary, reads, answers, kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": MODEL, "version": "1", "description": "Probabilities of a rise of the next candle."},
        "paths": paths,
        "components": {
            "schemas": components | {"InferRequest": _INFER_REQUEST},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(path: str, summary: str, reads: str | None, answers: str | None, kind: str) -> dict[str, Any]:
    content = {kind: {"schema": _ref(answers) if answers else {}}}
    error = {"description": "What is wrong, in one sentence.", "content": {_JSON: {"schema": _ref("ErrorBody")}}}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {"200": {"description": summary, "content": content}, "4XX": error, "5XX": error},
    }
    if reads:
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": _ref(reads)}}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("version", "name")
        if f"{{{name}}}" in path
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": type_}} for name, type_ in _QUERIES.get(path, ())]
    return operation | ({"parameters": parameters} if parameters else {})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
