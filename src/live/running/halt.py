"""Halt and resume: what was asked for, in a file beside the journal.

The journal has one writer, so `make halt` does not write it. The file is replaced in one step; whoever answers reads
it, so a halt shows at once, and the runner turns each request into an audit event, once.
"""

from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.core.files import read_regular, write_bytes
from src.live.journal.lock import alone
from src.live.journal.reader import JournalReader
from src.live.journal.rows import Event

HALT, RESUME = "halt", "resume"


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `make halt` or `make resume`: its number, seconds since 1970 by this machine's clock, who, and why."""

    number: int
    what: str
    made_at: float
    who: str
    why: str


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """Since when no answer has a stake (seconds since 1970), who said so, and why."""

    since: float
    who: str
    why: str


def requests_file(journal: Path) -> Path:
    """Where the requests for a journal lie."""
    return journal.with_name(f"{journal.name}.halt.json")


def halted(journal: Path, reader: JournalReader) -> Halt | None:
    """Whether every answer has stake 0 now; the newest request counts, and without a file the journal's newest event.

    A file that cannot be read halts: it may have said so.
    """
    try:
        asked = requests(journal)
    except UserError as error:
        return Halt(since=0.0, who="", why=str(error))
    if asked:
        newest = asked[-1]
        return Halt(since=newest.made_at, who=newest.who, why=newest.why) if newest.what == HALT else None
    event = reader.last_event(HALT, RESUME)
    return Halt(since=event.made_at, who=event.who, why=event.why) if event and event.what == HALT else None


def requests(journal: Path) -> list[Request]:
    """All that was asked for, oldest first.

    Raises:
        UserError: the file is damaged.
    """
    path = requests_file(journal)
    try:
        return msgspec.json.decode(read_regular(path), type=list[Request])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path} cannot be read ({error}), so every answer has stake 0; move it away, then halt or resume again."
        ) from None


def ask(journal: Path, what: str, who: str, why: str, now: float) -> str:
    """Ask for a halt or its end; what was done. It is so already: said, nothing changed.

    Args:
        journal: its file; it need not exist yet.
        what: ``HALT`` or ``RESUME``.
        who: for the audit log.
        why: the same; one line.
        now: seconds since 1970.

    Raises:
        UserError: no reason, or the file cannot be read or written.
    """
    if not why.strip() or not why.isprintable():
        raise UserError("the reason must be one line of text; say why, as in WHY='it lost money'.")
    with alone(requests_file(journal).with_suffix(".lock")), JournalReader(journal) as reader:
        asked = requests(journal)
        found = halted(journal, reader)
        if (found is not None) == (what == HALT):
            return f"halted already: {found.why}" if found else "not halted; nothing was changed."
        number = max((_number(event) for event in _told(reader)), default=0)
        number = max([number, *(request.number for request in asked)]) + 1
        asked = [*asked, Request(number=number, what=what, made_at=now, who=who, why=why)]
        write_bytes(requests_file(journal), msgspec.json.format(msgspec.json.encode(asked)))
    if what == HALT:
        return f"halted: every answer has stake 0 until `make resume` ({why})"
    return f"resumed: answers have their stakes again ({why})"


def untold(journal: Path, reader: JournalReader) -> list[Request]:
    """Requests that no audit event tells of yet; none of a file that cannot be read."""
    try:
        asked = requests(journal)
    except UserError:
        return []
    if not asked:
        return []
    last = max((_number(event) for event in _told(reader)), default=0)
    return [request for request in asked if request.number > last]


def _told(reader: JournalReader) -> list[Event]:
    event = reader.last_event(HALT, RESUME)
    return [event] if event else []


def _number(event: Event) -> int:
    return int(msgspec.json.decode(event.details).get("request", 0))
