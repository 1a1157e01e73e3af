"""What a graph is made of, and smaller graphs cut out of it; read without the package `onnx`.

The bytes are those that ``src.bundle.operators`` let through, so only its fields occur. Field numbers: onnx.proto.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.bundle.operators import varint

_DTYPES = {1: "<f4", 6: "<i4", 7: "<i8", 9: "?", 11: "<f8"}
_LENGTHS = {1: 8, 5: 4}
# Long runs of numbers in an attribute (tags 7 and 8), read all at once.
_FLOATS = re.compile(rb"(?:=[\s\S]{4})+")
_INTS = re.compile(rb"(?:@[\x80-\xff]{0,9}[\x00-\x7f])+")


@dataclass(frozen=True)
class Node:
    """One operator: ``content`` are its bytes, ``attributes`` are read when asked for."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    content: bytes

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """By name: a number, a list of texts, or an array of numbers."""
        return dict(_attribute(value) for number, value in _fields(self.content) if number == 5)


class Parts:
    """The nodes and stored numbers of a graph.

    Args:
        content: its bytes.
    """

    def __init__(self, content: bytes) -> None:
        self._rest = [(number, value) for number, value in _fields(content) if number != 7]
        graph = next(value for number, value in _fields(content) if number == 7)
        self.nodes: dict[str, Node] = {}
        self._constants: dict[str, bytes] = {}
        self._others = []
        for number, value in _fields(graph):
            if number == 1:
                node = _node(value)
                self.nodes[node.output] = node
            elif number == 5:
                self._constants[_text(value, 8)] = value
            else:
                self._others.append((number, value))

    def is_constant(self, name: str) -> bool:
        """Whether ``name`` is a stored array."""
        return name in self._constants

    def constant(self, name: str) -> NDArray[Any]:
        """A stored array."""
        fields = list(_fields(self._constants[name]))
        shape = [value for number, value in fields if number == 1]
        kind = _DTYPES[next(value for number, value in fields if number == 2)]
        return np.frombuffer(next(value for number, value in fields if number == 9), dtype=kind).reshape(shape)

    def cut(self, outputs: Collection[str]) -> bytes:
        """The bytes of a graph of the same inputs that gives ``outputs``, values inside this one."""
        needed, open_ends = set(), list(outputs)
        while open_ends:
            name = open_ends.pop()
            if name not in needed:
                needed.add(name)
                open_ends += self.nodes[name].inputs if name in self.nodes else ()
        graph = [(1, node.content) for name, node in self.nodes.items() if name in needed]
        graph += [(5, content) for name, content in self._constants.items() if name in needed]
        graph += [(number, value) for number, value in self._others if number != 12]
        graph += [(12, _written([(1, name.encode())])) for name in outputs]
        return _written([*self._rest, (7, _written(graph))])


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field of a message; a value of fixed length as its bytes."""
    at, end = 0, len(content)
    while at < end:
        tag, at = varint(content, at, end)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = varint(content, at, end)
            yield number, value
            continue
        if wire == 2:
            length, at = varint(content, at, end)
        else:
            length = _LENGTHS[wire]
        yield number, content[at : at + length]
        at += length


def _written(fields: list[tuple[int, Any]]) -> bytes:
    """The message of these fields, numbers and bytes of any length."""
    written = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            written += _as_varint(number << 3) + _as_varint(value)
        else:
            written += _as_varint(number << 3 | 2) + _as_varint(len(value)) + value
    return bytes(written)


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _node(content: bytes) -> Node:
    fields = [(number, value) for number, value in _fields(content) if number in (1, 2)]
    inputs, outputs = (tuple(value.decode() for number, value in fields if number == part) for part in (1, 2))
    return Node(_text(content, 4), inputs, outputs[0], content)


def _text(content: bytes, wanted: int) -> str:
    return next(value for number, value in _fields(content) if number == wanted).decode()


def _attribute(content: bytes) -> tuple[str, Any]:
    """Name and value; of a list of numbers the runs are taken out first."""
    name = _text(content[: content.index(b"\n") + 2 + content[content.index(b"\n") + 1]], 1)
    rest = content[2 + len(name) :]
    if run := _INTS.match(rest):
        return name, _ints(run.group())
    if run := _FLOATS.match(rest):
        return name, np.frombuffer(run.group(), dtype=[("tag", "u1"), ("value", "<f4")])["value"].copy()
    fields = list(_fields(rest))
    if texts := [value.decode() for number, value in fields if number == 9]:
        return name, texts
    return name, next((value.decode() if number == 4 else value for number, value in fields if number in (3, 4)), None)


def _ints(run: bytes) -> NDArray[np.int64]:
    """The numbers of a run of tags and varints: a byte below 128 ends a tag, the next such byte a number."""
    content = np.frombuffer(run, dtype="u1")
    ends = np.flatnonzero(content < 0x80)
    starts = ends[0::2] + 1
    lengths = ends[1::2] - ends[0::2]
    values = np.zeros(len(starts), dtype="int64")
    for place in range(int(lengths.max())):
        has = lengths > place
        values[has] |= (content[starts[has] + place].astype("int64") & 0x7F) << (7 * place)
    return values
