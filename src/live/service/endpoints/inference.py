"""Open Inference Protocol v2: `/v2/…`, for KServe's and Triton's clients."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from src.live.service.endpoints.features import chosen, probabilities
from src.live.service.endpoints.tensors import (
    HEADER,
    InferAnswer,
    InferRequest,
    OutputTensor,
    features_of,
    split,
    wants_binary,
)
from src.live.service.errors import Refusal
from src.live.service.replies import body_of, decoded, reply
from src.live.service.routing import route
from src.live.service.served import MODEL, Served
from src.live.service.state import State

_DECODER = msgspec.json.Decoder(InferRequest)
_ENCODE = msgspec.json.Encoder().encode
# Called as Triton calls what runs ONNX files.
PLATFORM = "onnxruntime_onnx"


def routes() -> list[Route]:
    """All of `/v2`; what is asked most stands first."""
    model = f"/v2/models/{MODEL}"
    version = model + "/versions/{version}"
    return [
        route("POST", f"{model}/infer", infer),
        route("POST", f"{version}/infer", infer),
        route("GET", f"{model}/ready", model_ready),
        route("GET", f"{version}/ready", model_ready),
        route("GET", model, model_metadata),
        route("GET", version, model_metadata),
        route("GET", "/v2/health/live", live),
        route("GET", "/v2/health/ready", ready),
        route("GET", "/v2", server_metadata),
        *(route(method, "/v2/models/{other:path}", no_model) for method in ("GET", "POST")),
    ]


async def infer(request: Request, state: State) -> Response:
    """Answer a tensor of features; it always answers, and names what lies outside the training range."""
    body = await body_of(request, state.settings.serve.body_bytes)
    text, rest = split(body, request.headers.get(HEADER))
    asked = decoded(_DECODER, text)
    served = chosen(state.line_up, request.path_params.get("version"))
    binary = wants_binary(asked)
    table = features_of(asked, rest, served.names)
    answers, outside = await probabilities(served, table, state)
    packed = np.array(answers, dtype="<f8").tobytes() if binary else b""
    answer = InferAnswer(
        model_name=MODEL,
        model_version=served.version,
        id=asked.id,
        parameters=_parameters(served, outside),
        outputs=[
            OutputTensor(
                name="probability",
                shape=[len(answers)],
                datatype="FP64",
                data=None if binary else answers,
                parameters={"binary_data_size": len(packed)} if binary else None,
            )
        ],
    )
    text = _ENCODE(answer)
    if not binary:
        return Response(text, media_type="application/json")
    return Response(text + packed, headers={HEADER: str(len(text))}, media_type="application/octet-stream")


def _parameters(served: Served, outside: NDArray[np.bool_] | None) -> dict[str, str | float | bool]:
    """A parameter is one text, number or boolean: names are joined by commas."""
    columns: list[int] = [] if outside is None else np.flatnonzero(outside.any(axis=0)).tolist()
    return {
        "outside": ",".join(served.names[column] for column in columns),
        "outside_rows": 0 if outside is None else int(outside.any(axis=1).sum()),
        "decision_threshold": served.threshold,
        "proof": served.facts.proof,
        "trading_ready": served.facts.trading_ready,
    }


async def model_metadata(request: Request, state: State) -> Response:
    """Inputs and outputs of a version."""
    served = chosen(state.line_up, request.path_params.get("version"))
    return reply(
        {
            "name": MODEL,
            "versions": list(state.line_up.by_version),
            "platform": PLATFORM,
            "inputs": [{"name": "features", "datatype": "FP64", "shape": [-1, len(served.names)]}],
            "outputs": [{"name": "probability", "datatype": "FP64", "shape": [-1]}],
        }
    )


async def model_ready(request: Request, state: State) -> Response:
    """Whether a version answers; its graph is proven and loaded then."""
    chosen(state.line_up, request.path_params.get("version"))
    return reply({"name": MODEL, "ready": True})


async def no_model(request: Request, _state: State) -> Response:
    """Every other name."""
    name = request.path_params["other"].split("/")[0]
    raise Refusal(404, "unknown_model", f"no model {name[:40]!r} runs here; the one is {MODEL}.")


async def live(_request: Request, _state: State) -> Response:
    """Whether the process answers."""
    return reply({"live": True})


async def ready(_request: Request, state: State) -> Response:
    """Whether every version is proven and loaded, and the process is not about to end."""
    return reply({"live": True, "ready": state.ready}, 200 if state.ready else 503)


async def server_metadata(_request: Request, _state: State) -> Response:
    """What this server is, and which extensions it has."""
    return reply({"name": "btc-ensemble", "version": "2", "extensions": ["binary_tensor_data"]})
