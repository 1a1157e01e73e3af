"""Tensors of the Open Inference Protocol v2, as JSON and as bytes after it (Triton's binary tensor data extension)."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from src.live.service.errors import Refusal

Values = NDArray[np.float64]
# What turns into float64 without loss, little-endian.
DATATYPES = {"FP64": "<f8", "FP32": "<f4", "INT64": "<i8", "INT32": "<i4"}
HEADER = "inference-header-content-length"
_FLAT = msgspec.json.Decoder(list[float])
_NESTED = msgspec.json.Decoder(list[list[float]])


class Tensor(msgspec.Struct, frozen=True, kw_only=True):
    """An input of a request; without `data` its bytes follow the JSON, `binary_data_size` of them."""

    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] | None = None
    data: msgspec.Raw = msgspec.Raw(b"")


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] | None = None


class InferRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request; what the protocol does not name is ignored, as it demands."""

    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[Requested] | None = None


class OutputTensor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An output; without `data` its bytes follow the JSON."""

    name: str
    shape: list[int]
    datatype: str
    data: list[float] | None = None
    parameters: dict[str, int] | None = None


class InferAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer; `parameters` are texts, numbers and booleans, as the protocol has them."""

    model_name: str
    model_version: str
    parameters: dict[str, str | float | bool]
    outputs: list[OutputTensor]
    id: str | None = None


def split(body: bytes, header: str | None) -> tuple[bytes, memoryview]:
    """The JSON and the bytes after it, by the header that says how long the JSON is.

    Raises:
        Refusal: the header is no number within the body.
    """
    if header is None:
        return body, memoryview(b"")
    if not (header.isascii() and header.isdigit() and len(header) < 12 and int(header) <= len(body)):
        raise Refusal(400, "invalid_request", f"the header {HEADER} must be the bytes of the JSON; correct it.")
    return body[: int(header)], memoryview(body)[int(header) :]


def features_of(request: InferRequest, rest: memoryview, names: tuple[str, ...]) -> Values:
    """The one input as (n, k) float64.

    Raises:
        Refusal: other inputs, or a datatype, shape or size that does not fit.
    """
    if [tensor.name for tensor in request.inputs] != ["features"]:
        raise _invalid(f"the model has one input, `features`, (n, {len(names)})")
    tensor = request.inputs[0]
    if tensor.datatype not in DATATYPES:
        raise _invalid(f"features are {', '.join(DATATYPES)}, not {tensor.datatype[:20]!r}")
    if len(tensor.shape) != 2 or tensor.shape[1] != len(names) or tensor.shape[0] < 0:
        raise _invalid(f"the shape of features is [n, {len(names)}], not {str(tensor.shape)[:60]}")
    size = (tensor.parameters or {}).get("binary_data_size")
    values = _listed(tensor) if size is None else _packed(tensor, size, rest)
    if values.size != tensor.shape[0] * tensor.shape[1]:
        raise _invalid(f"shape {tensor.shape} needs {tensor.shape[0] * tensor.shape[1]} values, not {values.size}")
    return values.reshape(tensor.shape)


def _listed(tensor: Tensor) -> Values:
    try:
        return np.array(_FLAT.decode(tensor.data), dtype=np.float64)
    except (msgspec.DecodeError, OverflowError):
        pass
    try:
        return np.array(_NESTED.decode(tensor.data), dtype=np.float64).reshape(-1)
    except (msgspec.DecodeError, ValueError, OverflowError):
        raise _invalid("the data of features must be numbers, flat or row by row") from None


def _packed(tensor: Tensor, size: Any, rest: memoryview) -> Values:
    kind = np.dtype(DATATYPES[tensor.datatype])
    if not isinstance(size, int) or size != len(rest) or size % kind.itemsize:
        raise _invalid(
            f"binary_data_size must be the {len(rest)} bytes after the JSON, whole {tensor.datatype} numbers"
        )
    if bytes(tensor.data):
        raise _invalid("features have both `data` and `binary_data_size`")
    return np.frombuffer(rest, dtype=kind).astype(np.float64)


def wants_binary(request: InferRequest) -> bool:
    """Whether the probability is to follow the JSON as bytes.

    Raises:
        Refusal: an output is asked for that the model does not have.
    """
    everywhere = (request.parameters or {}).get("binary_data_output") is True
    for output in request.outputs or ():
        if output.name != "probability":
            raise _invalid(f"the model has one output, `probability`, not {output.name[:40]!r}")
        everywhere = (output.parameters or {}).get("binary_data", everywhere) is True
    return everywhere


def _invalid(sentence: str) -> Refusal:
    return Refusal(400, "invalid_tensor", f"{sentence}; GET /v2/models/production-ensemble says what fits.")
