"""Read UBJSON, the binary JSON that XGBoost keeps its models in. Source: https://ubjson.org, draft 12."""

import struct
from typing import Any

import numpy as np

_NUMBERS = {
    ord(letter): np.dtype(kind)
    for letter, kind in {"i": "i1", "U": "u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}.items()
}
_LITERALS = {ord("Z"): None, ord("T"): True, ord("F"): False}
_LENGTH = struct.Struct(">Bq")
DEEPEST = 20


def read_ubjson(content: bytes) -> Any:
    """The document: dict, list, str, int, float, bool, None; an array of one type of numbers as a NumPy array.

    Raises:
        ValueError: it is no UBJSON, or goes on after its end.
    """
    reader = _Reader(content)
    value = reader.value(0)
    if reader.at != len(content):
        raise ValueError("the document goes on after its end")
    return value


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def take(self, length: int) -> bytes:
        if not 0 <= length <= len(self.content) - self.at:
            raise ValueError(f"{length} bytes are named, {len(self.content) - self.at} are left")
        self.at += length
        return self.content[self.at - length : self.at]

    def next_is(self, letter: str) -> bool:
        found = self.content[self.at : self.at + 1] == letter.encode()
        self.at += found
        return found

    def length(self) -> int:
        letter, length = _LENGTH.unpack(self.take(_LENGTH.size))
        if letter != ord("L"):
            raise ValueError("a length is not a number of 64 bits")
        return int(length)

    def value(self, depth: int) -> Any:
        letter = self.take(1)[0]
        if letter in _NUMBERS:
            return np.frombuffer(self.take(_NUMBERS[letter].itemsize), _NUMBERS[letter])[0].item()
        if letter in _LITERALS:
            return _LITERALS[letter]
        if letter == ord("S"):
            return self.take(self.length()).decode()
        if depth < DEEPEST and letter == ord("{"):
            return self.object(depth + 1)
        if depth < DEEPEST and letter == ord("["):
            return self.array(depth + 1)
        raise ValueError(f"no value begins with {chr(letter)!r}")

    def object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while not self.next_is("}"):
            key = self.take(self.length()).decode()
            if key in members:
                raise ValueError(f"{key} stands twice")
            members[key] = self.value(depth)
        return members

    def array(self, depth: int) -> Any:
        if self.next_is("$"):
            kind = _NUMBERS.get(self.take(1)[0])
            if kind is None or not self.next_is("#"):
                raise ValueError("an array of an unknown type")
            return np.frombuffer(self.take(self.length() * kind.itemsize), kind)
        if self.next_is("#"):
            count = self.length()
            if not 0 <= count <= len(self.content) - self.at:
                raise ValueError(f"an array of {count} values where {len(self.content) - self.at} bytes are left")
            return [self.value(depth) for _ in range(count)]
        raise ValueError("an array without a length")
