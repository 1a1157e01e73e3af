"""Read a model's pickle into records of what it asks for: nothing is imported, called or built here.

Python's own unpickler runs what a pickle names while it reads. This one knows only the opcodes that
``src.artifacts.pickles`` writes: no memo, so that nothing is shared or cyclic, and no length beyond the file, so that
the memory is bounded by the file. Source: the list of opcodes in Python's `pickletools`.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

IsAllowed = Callable[[str, str], bool]
NOTHING_WAS_RUN = "which no model of this project contains; nothing was run"
# Deeper than any model; what follows may recurse.
DEEPEST = 100


class ForgedPickle(ValueError):
    """A pickle that no training wrote; the text follows the path of its file."""


class Name(NamedTuple):
    """A class or function that the pickle names."""

    module: str
    name: str


@dataclass(slots=True, eq=False)
class Record:
    """One object: ``name`` called with ``arguments`` (or made by its `__new__`, where ``is_new``), given ``state``."""

    name: Name
    arguments: tuple[Any, ...]
    is_new: bool
    state: Any = None


def read_records(content: bytes, is_allowed: IsAllowed) -> Any:
    """The content of a pickle as plain values (None, bool, int, float, str, bytes, list, tuple, dict) and records.

    Args:
        content: the bytes of the file.
        is_allowed: whether a module and a name in it may be named.

    Raises:
        ForgedPickle: an opcode or name that no model contains.
        Exception: of any kind where the bytes are damaged.
    """
    if content[:1] != b"\x80":
        raise ValueError("it does not begin like one")
    return _Reader(content, is_allowed).read()


class _Reader:
    def __init__(self, content: bytes, is_allowed: IsAllowed) -> None:
        self.content = content
        self.is_allowed = is_allowed
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []

    def read(self) -> Any:
        while (opcode := self.content[self.at]) != _STOP:
            self.at += 1
            step = _STEPS.get(opcode)
            if step is None:
                raise ForgedPickle(f"contains the pickle opcode {chr(opcode)!r}, {NOTHING_WAS_RUN}")
            step(self)
        if self.at + 1 != len(self.content) or len(self.stack) != 1 or self.marks:
            raise ForgedPickle("does not end where its model ends")
        return self.stack[0]

    def take(self, length: int) -> bytes:
        part = self.content[self.at : self.at + length]
        if len(part) != length:
            raise ForgedPickle(f"names {length} bytes where {len(part)} are left")
        self.at += length
        return part

    def number(self, shape: struct.Struct) -> Any:
        return shape.unpack(self.take(shape.size))[0]

    def above_mark(self) -> list[Any]:
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    # What stands before the model: protocol and frames.

    def protocol(self) -> None:
        self.at += 1

    def frame(self) -> None:
        self.at += 8

    def memoize(self) -> None:
        """Python's own writer notes what it might repeat; here nothing is, and there is no opcode to ask for it."""

    def mark(self) -> None:
        if len(self.marks) >= DEEPEST:
            _refuse_depth()
        self.marks.append(len(self.stack))

    # Plain values.

    def short_text(self) -> None:
        end = self.at + 1 + self.content[self.at]
        self.stack.append(self.content[self.at + 1 : end].decode())
        self.at = end

    def text(self) -> None:
        self.stack.append(self.take(self.number(_UNSIGNED_4)).decode())

    def whole_number(self) -> None:
        self.stack.append(int.from_bytes(self.take(self.number(_UNSIGNED_1)), "little", signed=True))

    def double(self) -> None:
        self.stack.append(self.number(_DOUBLE))

    def short_bytes(self) -> None:
        self.stack.append(self.take(self.number(_UNSIGNED_1)))

    def long_bytes(self) -> None:
        self.stack.append(self.take(self.number(_UNSIGNED_4)))

    def byte_array(self) -> None:
        self.stack.append(bytearray(self.take(self.number(_UNSIGNED_8))))

    # Containers.

    def tuple_of_marked(self) -> None:
        self.stack.append(tuple(self.above_mark()))

    def tuple_of(self, length: int) -> None:
        items = tuple(self.stack[-length:])
        if len(items) != length:
            raise ForgedPickle("takes a tuple from too few values")
        self.stack[-length:] = [items]

    def append(self) -> None:
        item = self.stack.pop()
        _expect(self.stack[-1], list).append(item)

    def appends(self) -> None:
        items = self.above_mark()
        _expect(self.stack[-1], list).extend(items)

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set(_expect(self.stack[-1], dict), key, value)

    def set_items(self) -> None:
        items = self.above_mark()
        target = _expect(self.stack[-1], dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            self._set(target, key, value)

    @staticmethod
    def _set(target: dict[str, Any], key: Any, value: Any) -> None:
        if type(key) is not str or key in target:
            raise ForgedPickle("holds a dictionary with a key that is no text, or twice the same")
        target[key] = value

    # Names and records.

    def name(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str or not self.is_allowed(module, name):
            raise ForgedPickle(f"names {module}.{name}, {NOTHING_WAS_RUN}")
        self.stack.append(Name(module, name))

    def call(self, is_new: bool) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise ForgedPickle("calls what is no name")
        self.stack.append(Record(name, arguments, is_new))

    def build(self) -> None:
        state = self.stack.pop()
        record = self.stack[-1]
        if type(record) is not Record or record.state is not None or state is None:
            raise ForgedPickle("gives a state to what takes none")
        record.state = state


def _expect(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ForgedPickle(f"fills a {type(value).__name__} as if it were a {kind.__name__}")
    return value


def _refuse_depth() -> NoReturn:
    raise ForgedPickle(f"nests more than {DEEPEST} deep")


def _push(value: Any) -> Callable[[_Reader], None]:
    return lambda reader: reader.stack.append(value)


def _push_number(shape: struct.Struct) -> Callable[[_Reader], None]:
    return lambda reader: reader.stack.append(reader.number(shape))


_UNSIGNED_1, _UNSIGNED_2, _UNSIGNED_4, _UNSIGNED_8 = (struct.Struct(f"<{letter}") for letter in "BHIQ")
_SIGNED_4, _DOUBLE = struct.Struct("<i"), struct.Struct(">d")
_STOP = ord(".")
_STEPS: dict[int, Callable[[_Reader], None]] = {
    ord(opcode): step
    for opcode, step in {
        "\x80": _Reader.protocol,
        "\x95": _Reader.frame,
        "\x94": _Reader.memoize,
        "(": _Reader.mark,
        "N": _push(None),
        "\x88": _push(True),
        "\x89": _push(False),
        "K": _push_number(_UNSIGNED_1),
        "M": _push_number(_UNSIGNED_2),
        "J": _push_number(_SIGNED_4),
        "\x8a": _Reader.whole_number,
        "G": _Reader.double,
        "\x8c": _Reader.short_text,
        "X": _Reader.text,
        "C": _Reader.short_bytes,
        "B": _Reader.long_bytes,
        "\x96": _Reader.byte_array,
        ")": _push(()),
        "]": lambda reader: reader.stack.append([]),
        "}": lambda reader: reader.stack.append({}),
        "t": _Reader.tuple_of_marked,
        "\x85": lambda reader: reader.tuple_of(1),
        "\x86": lambda reader: reader.tuple_of(2),
        "\x87": lambda reader: reader.tuple_of(3),
        "a": _Reader.append,
        "e": _Reader.appends,
        "s": _Reader.set_item,
        "u": _Reader.set_items,
        "\x93": _Reader.name,
        "R": lambda reader: reader.call(is_new=False),
        "\x81": lambda reader: reader.call(is_new=True),
        "b": _Reader.build,
    }.items()
}
