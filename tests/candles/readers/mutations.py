"""Damaged files of every shape, run in one child process: both ways refuse with one sentence, or read the same."""

import json
import random
import sys
from zoneinfo import ZoneInfo

from pandas.testing import assert_frame_equal

from src.candles.readers import text
from src.candles.readers.read import Reading, read_file_content
from src.core.errors import UserError
from tests.candles.readers.encodings import ENCODINGS, metatrader
from tests.conftest import make_candles

ODD = [
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b'"',
    b",",
    b";",
    b" ",
    b"\x0b",
    b"\x0c",
    b"\x85",
    b"\xe2\x80\xa8",
    b"\xff",
    b"nan",
]
ODD += [b"inf", b"-", b"0x1F", b"1e400", b"9" * 30, b"{", b"[", b"]", b"\\ud800", b"\\u0000", b"<", b"#", b"+00", b"Z"]


def mutated(content: bytes, random: random.Random) -> bytes:
    """One to three damages: a byte changed, cut out, put in or moved; a stretch doubled, lost or cut off."""
    for _ in range(random.randint(1, 3)):
        at, to = sorted(random.randrange(len(content) + 1) for _ in range(2))
        near = min(to, at + random.choice([1, 2, 8, 60]))
        content = (
            random.choice(
                [
                    content[:at] + bytes([random.randrange(256)]) + content[at + 1 :],
                    content[:at] + content[near:],
                    content[:at] + random.choice(ODD) + content[at:],
                    content[:at] + content[at:near] * 2 + content[near:],
                    content[:at] + b"0123456789.,"[random.randrange(12) :][:1] + content[at + 1 :],
                    content[:to],
                    content[at:],
                    content.replace(b"\n", random.choice([b"\r", b"\r\n", b",1\n", b"\n\n"]), random.choice([1, -1])),
                ]
            )
            or b"x"
        )
    return content


def both_ways(content: bytes, how: Reading) -> str:
    """Read with and without the fast path; the outcomes are the same."""
    outcomes = []
    fast = text.read_fast
    for way in (fast, lambda *_: None):
        text.read_fast = way
        try:
            outcomes.append([table for table, _ in read_file_content(content, "file", how)])
        except UserError as error:
            str(error).encode()
            assert "\n" not in str(error), str(error)
            outcomes.append(str(error))
        finally:
            text.read_fast = fast
    if isinstance(outcomes[0], str) or isinstance(outcomes[1], str):
        assert outcomes[0] == outcomes[1], outcomes
        return "refused"
    for one, two in zip(*outcomes, strict=True):
        assert_frame_equal(one, two, check_exact=True)
    return "read"


def main(count: int, seed: int) -> None:
    """Print how many were refused and read; the first wrong one ends in its traceback, with what it was."""
    candles = make_candles([100.0 + hour for hour in range(12)])
    shapes = {name: (encode(candles), Reading()) for name, (_, encode) in ENCODINGS.items()}
    shapes["metatrader"] = metatrader(candles), Reading(zone=ZoneInfo("UTC"))
    found = {"refused": 0, "read": 0}
    for number in range(count):
        for name, (content, how) in shapes.items():
            damaged = mutated(content, random.Random(f"{seed} {number} {name}"))
            try:
                found[both_ways(damaged, how)] += 1
            except BaseException:
                print(name, number, damaged, flush=True)
                raise
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
