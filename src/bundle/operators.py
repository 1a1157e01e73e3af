"""Refuse a graph that holds more than our exporter writes, before a runtime sees it.

The package `onnx` would take 0.13 s and 13 MB of a bot's machine, so the file is walked here: it is a protobuf message,
a list of fields, each a number, a wire type and a value (protobuf.dev/programming-guides/encoding). Only fields that
are listed here may occur, so two readers cannot see two graphs; subgraphs, local functions and data in other files are
not listed. Field numbers: onnx.proto.
"""

import re

from src.core.errors import UserError

# Bytes; ours have half a million.
LARGEST = 64_000_000
_PLAIN = (
    "Abs Add Cast Clip Concat Div Equal Gather LessOrEqual MatMul Max Min Mul Neg ReduceL1 ReduceMax ReduceMean "
    "Sigmoid Slice Split Sqrt Squeeze Sub Unsqueeze Where"
)
# Operators by domain; the empty domain is ONNX's own.
ALLOWED: dict[str, frozenset[str]] = {"": frozenset(_PLAIN.split()), "ai.onnx.ml": frozenset({"TreeEnsembleRegressor"})}

# A message is its fields by number: None is a value that says nothing of what is run, text is a part to look at.
_Message = dict[int, "_Message | str | None"]
_TENSOR: _Message = dict.fromkeys((1, 2, 4, 5, 6, 7, 8, 9, 10, 11))
_ATTRIBUTE: _Message = dict.fromkeys((1, 2, 3, 4, 7, 8, 9, 13, 20)) | {5: _TENSOR}
_NODE: _Message = dict.fromkeys((1, 2, 3, 6)) | {4: "operator", 5: _ATTRIBUTE, 7: "domain"}
_GRAPH: _Message = dict.fromkeys((2, 10, 11, 12, 13)) | {1: _NODE, 5: _TENSOR}
_MODEL: _Message = dict.fromkeys((1, 2, 3, 4, 5, 6, 8, 14)) | {7: _GRAPH}

# Long runs of numbers and short texts in an attribute (tags 7, 8 and 9): half a million bytes of them in C.
_NUMBERS = re.compile(rb"(?:=[\s\S]{4})+|(?:@[\x80-\xff]{0,9}[\x00-\x7f])+|(?:J(?:\x04[\s\S]{4}|\x09[\s\S]{9}))+")
_LENGTHS = {1: 8, 5: 4}
_BYTES, _VARINT = 2, 0


def check_graph(content: bytes, where: str) -> None:
    """Refuse what is not a graph of the operators in ``ALLOWED`` alone, of at most ``LARGEST`` bytes.

    Raises:
        UserError: naming what is there.
    """
    if len(content) > LARGEST:
        raise UserError(f"{where} has {len(content)} bytes, more than the {LARGEST} that are read; fetch it again.")
    try:
        graphs = _walk(content, 0, len(content), _MODEL)
    except _Refused as error:
        raise UserError(f"{where} holds {error}, which no graph of ours does; it is not run.") from None
    except IndexError:
        raise UserError(f"{where} is cut off or damaged; fetch it again.") from None
    if not graphs:
        raise UserError(f"{where} is empty; fetch it again.")


class _Refused(Exception):
    """What the file holds beyond ``_MODEL``."""


def _walk(content: bytes, at: int, end: int, message: _Message) -> int:
    """The number of fields of a message between ``at`` and ``end``."""
    fields = 0
    named = {"operator": "", "domain": ""}
    while at < end:
        fields += 1
        if message is _ATTRIBUTE and (run := _NUMBERS.match(content, at, end)):
            at = run.end()
            continue
        part, start, at = _field(content, at, end, message)
        if isinstance(part, dict):
            _walk(content, start, at, part)
        elif part:
            named[part] = _once(named[part], content[start:at])
    if message is _NODE and named["operator"] not in ALLOWED.get(named["domain"], ()):
        operator = ".".join(filter(None, (named["domain"], named["operator"])))
        raise _Refused(f"the operator {operator or 'without a name'}")
    return fields


def _field(content: bytes, at: int, end: int, message: _Message) -> tuple[_Message | str | None, int, int]:
    """What the field at ``at`` is, where its value starts and where the next field does."""
    tag, start = varint(content, at, end)
    number, wire = tag >> 3, tag & 7
    if number not in message:
        raise _Refused(f"field {number} of {_NAMES[id(message)]}")
    part = message[number]
    if wire == _BYTES:
        length, start = varint(content, start, end)
        after = start + length
    elif part is not None:
        raise _Refused(f"field {number} of {_NAMES[id(message)]} as a number")
    elif wire == _VARINT:
        _, after = varint(content, start, end)
    elif wire in _LENGTHS:
        after = start + _LENGTHS[wire]
    else:
        raise _Refused(f"wire type {wire}")
    if after > end:
        raise IndexError
    return part, start, after


def _once(before: str, text: bytes) -> str:
    if before:
        raise _Refused("a node with two operators or domains")
    return text.decode("ascii", errors="backslashreplace")


def varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first; the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise IndexError
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            # Another way to write the same number: a reader may take it for another one.
            if shift and not byte:
                raise _Refused("a number with needless zeros")
            return value, at
    raise _Refused("a number of more than ten bytes")


_NAMES = {
    id(message): name
    for message, name in (
        (_TENSOR, "a tensor"), (_ATTRIBUTE, "an attribute"), (_NODE, "a node"), (_GRAPH, "the graph"),
        (_MODEL, "the model"),
    )
}  # fmt: skip
