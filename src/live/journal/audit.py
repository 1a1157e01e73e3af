"""The audit chain: each event carries the hash of the one before, and events seal the predictions they wrote."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from src.live.journal.rows import Event, Prediction

# `before` of the first event.
FIRST = "0" * 64
# Events that seal predictions.
SEALS = ("answers", "missed")
# Fields that predictions got after the first journals were written.
LATER = ("volatility", "position")


def canonical(content: Any) -> bytes:
    """JSON that is the same for the same content: sorted keys, no spaces, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def digest(content: Any) -> str:
    """sha256 of ``canonical``."""
    return hashlib.sha256(canonical(content)).hexdigest()


def seal(rows: Iterable[Prediction]) -> str:
    """What an event says of the predictions it wrote; their own numbers, and that of the event, are left out.

    So is what ``LATER`` names where there is none of it: rows that were sealed before have the same digest.
    """
    sealed = []
    for row in sorted(rows, key=lambda row: (row.opened, row.version)):
        content = msgspec.to_builtins(row)
        without = {"number", "event", *(name for name in LATER if content[name] is None)}
        sealed.append({name: content[name] for name in content if name not in without})
    return digest(sealed)


def chained(number: int, made_at: float, who: str, what: str, why: str, details: dict[str, Any], before: str) -> Event:
    """An event with its hash."""
    text = canonical(details).decode()
    event = Event(number=number, made_at=made_at, who=who, what=what, why=why, details=text, before=before, hash="")
    return msgspec.structs.replace(event, hash=_hash(event))


def first_fault(events: Iterable[Event], sealed: dict[int, Sequence[Prediction]]) -> str | None:
    """The first row that is not as it was written, in one sentence; None where the whole chain is sound.

    A chain alone does not show that its last rows were cut off: compare the newest hash with one kept elsewhere.

    Args:
        events: all of them, in order.
        sealed: the predictions by the number of their event.
    """
    before, known = FIRST, set()
    for count, event in enumerate(events, start=1):
        known.add(event.number)
        if event.number != count:
            return f"event {count} is missing: the row after {count - 1} is {event.number}."
        if event.before != before:
            return f"event {event.number} does not follow the one before it: it was put in, moved, or that one changed."
        if _hash(event) != event.hash:
            return f"event {event.number} ({event.what}) was altered: its hash is not that of its content."
        if fault := _seal_fault(event, sealed.get(event.number, ())):
            return fault
        before = event.hash
    if strange := sorted(sealed.keys() - known):
        row = sealed[strange[0]][0]
        return f"the prediction of {row.version} for {row.opened} names event {strange[0]}, which does not exist."
    return None


def _hash(event: Event) -> str:
    return digest({name: getattr(event, name) for name in Event.__struct_fields__ if name != "hash"})


def _seal_fault(event: Event, rows: Sequence[Prediction]) -> str | None:
    if event.what not in SEALS:
        return f"event {event.number} ({event.what}) wrote no predictions, and {len(rows)} name it." if rows else None
    told = json.loads(event.details)
    if len(rows) != told["rows"]:
        return f"event {event.number} wrote {told['rows']} predictions, and {len(rows)} are there."
    if seal(rows) != told["sha256"]:
        opened = sorted({row.opened for row in rows})
        return f"a prediction that event {event.number} wrote (candles opened {opened[0]} to {opened[-1]}) was altered."
    return None
