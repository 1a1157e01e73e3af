"""Damaged and forged pickles, each made by its number; as a program: load a range of them and ask for a prediction.

Usage: python -m tests.artifacts.mutations PICKLE FIRST LAST → one line of JSON: how many ended how.
"""

import json
import pickletools
import resource
import signal
import struct
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

Random = np.random.Generator
Opcodes = list[tuple[str, int, int]]
EXTREMES = [0, 1, -1, -2, 7, 255, 2**15, 2**31 - 1, -(2**31), 2**62, -(2**63)]
TYPES = [b"O8", b"V8", b"V64", b"U2", b"S8", b"f8", b"i8", b"M8", b"b1", b"c16", b"T16"]
OPCODES = [ord(opcode.code) for opcode in pickletools.opcodes]
# Of what a run of the mutated models may not do. Files are opened for reading by imports.
FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "subprocess.", "socket.", "os.remove", "os.rename", "exec")
SECONDS = 20


def flip_bits(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """One to four bits anywhere."""
    for place in random.integers(len(content), size=random.integers(1, 5)):
        content[place] ^= 1 << int(random.integers(8))


def flip_structure(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """One bit of what is no large array or text."""
    small = [(start, end) for _, start, end in opcodes if end - start < 64]
    start, end = small[random.integers(len(small))]
    content[random.integers(start, end)] ^= 1 << int(random.integers(8))


def swap_opcode(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """Another opcode, of all there are."""
    content[opcodes[random.integers(len(opcodes))][1]] = OPCODES[random.integers(len(OPCODES))]


def splice(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """Some opcodes in a row are written again at another place, with or without what stood there."""
    source, target = random.integers(len(opcodes), size=2)
    last = min(source + int(random.integers(1, 30)), len(opcodes) - 1)
    part = content[opcodes[source][1] : opcodes[last][2]]
    start = opcodes[target][1]
    content[start : start + (len(part) if random.random() < 0.5 else 0)] = part


def cut(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """Some opcodes are missing."""
    first = int(random.integers(len(opcodes)))
    last = min(first + int(random.integers(1, 6)), len(opcodes) - 1)
    del content[opcodes[first][1] : opcodes[last][1]]


def forge_number(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """A count, index, flag or shape of another value."""
    chosen = _one_of(opcodes, random, "BININT", "BININT1", "BININT2")
    value = EXTREMES[random.integers(len(EXTREMES))] % 2**32
    content[chosen[1] : chosen[2]] = b"J" + struct.pack("<I", value)


def forge_type(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """The type of an array: objects, text, structures."""
    short = [o for o in opcodes if o[0] == "SHORT_BINUNICODE" and content[o[1] + 2 : o[2]] in (b"i8", b"f8", b"V64")]
    if not short:
        return flip_bits(content, opcodes, random)
    _, start, end = short[random.integers(len(short))]
    kind = TYPES[random.integers(len(TYPES))]
    content[start:end] = b"\x8c" + bytes([len(kind)]) + kind
    return None


def forge_array(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """One to three entries of an array: the nodes of trees among them."""
    arrays = [o for o in opcodes if o[0] == "BYTEARRAY8"]
    if not arrays:
        return forge_boosted(content, opcodes, random)
    _, start, end = arrays[random.integers(len(arrays))]
    for entry in random.integers((end - start - 9) // 8, size=random.integers(1, 4)) if end - start >= 17 else []:
        value = EXTREMES[random.integers(len(EXTREMES))]
        struct.pack_into("<q", content, start + 9 + 8 * int(entry), value)
    return None


def forge_boosted(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """A number in the model file of a booster."""
    kept = [o for o in opcodes if o[0] in {"BINUNICODE", "BINBYTES"} and o[2] - o[1] > 1000]
    if not kept:
        return flip_bits(content, opcodes, random)
    name, start, end = kept[random.integers(len(kept))]
    place = int(random.integers(start + 5, end - 8))
    if name == "BINUNICODE":
        content[place] = b"0123456789-. =\n[]eTn"[random.integers(20)]
    elif random.random() < 0.5:
        struct.pack_into(">i", content, place, max(-(2**31), min(2**31 - 1, EXTREMES[random.integers(9)])))
    else:
        content[place] = b"ilLdDSU[{}]$#TFZ\x00\x01\xff"[random.integers(19)]
    return None


def swap_values(content: bytearray, opcodes: Opcodes, random: Random) -> None:
    """Two texts or names change places."""
    texts = [o for o in opcodes if o[0] == "SHORT_BINUNICODE"]
    first, second = sorted(random.integers(len(texts), size=2))
    _, start, end = texts[first]
    _, begin, stop = texts[second]
    if first != second:
        content[start:stop] = content[begin:stop] + content[end:begin] + content[start:end]


def _one_of(opcodes: Opcodes, random: Random, *names: str) -> tuple[str, int, int]:
    chosen = [opcode for opcode in opcodes if opcode[0] in names]
    return chosen[random.integers(len(chosen))]


MUTATIONS: list[Callable[[bytearray, Opcodes, Random], None]] = [
    flip_bits,
    flip_structure,
    swap_opcode,
    splice,
    cut,
    forge_number,
    forge_type,
    forge_array,
    forge_boosted,
    swap_values,
]


def opcodes_of(content: bytes) -> Opcodes:
    """Name, first byte and byte after the last of every opcode."""
    found = [(opcode.name, place) for opcode, _, place in pickletools.genops(content)]
    ends = [place for _, place in found[1:]] + [len(content)]
    return [(name, start, end) for (name, start), end in zip(found, ends, strict=True)]


def mutated(content: bytes, opcodes: Opcodes, number: int) -> bytes:
    """Mutation ``number``: the ten kinds in turn."""
    changed = bytearray(content)
    MUTATIONS[number % len(MUTATIONS)](changed, opcodes, np.random.default_rng(number))
    return bytes(changed)


def main() -> None:
    """Load and ask; a crash or a hang ends this process, which the caller sees."""
    from src.artifacts.allowed import allowed_names
    from src.artifacts.load import ArtifactError, read_model
    from src.ml.ensemble import ProductionEnsemble

    source, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    content = source.read_bytes()
    opcodes = opcodes_of(content)
    rows = np.random.default_rng(0).normal(1, 1, (40, 12)) * 10.0 ** np.arange(-8, 32)[:, None]
    read_model(source, content, ProductionEnsemble).predict_proba(rows)
    known = {name for name in sys.modules}  # noqa: C416
    seen: list[str] = []
    sys.addaudithook(lambda event, _: seen.append(event) if event.startswith(FORBIDDEN) else None)
    ends: Counter[str] = Counter()
    for number in range(first, last):
        signal.alarm(SECONDS)
        print(number, file=sys.stderr, flush=True)
        try:
            model = read_model(source, mutated(content, opcodes, number), ProductionEnsemble)
            answer = model.predict_proba(rows)
            ends["answered" if ((answer >= 0) & (answer <= 1)).all() else "no probability"] += 1
        except ArtifactError as error:
            ends["refused" if "\n" not in str(error) and str(error).endswith(".") else f"no sentence: {error}"] += 1
        except Exception as error:
            ends[f"traceback of mutation {number}: {error!r}"] += 1
        signal.alarm(0)
    imported = {name.partition(".")[0] for name in set(sys.modules) - known}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"ends": ends, "forbidden": seen, "imported": sorted(imported), "peak_mb": peak}))
    assert len(allowed_names()) == 10


if __name__ == "__main__":
    main()
