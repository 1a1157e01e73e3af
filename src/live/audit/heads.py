"""Heads of the audit chain in git: what the journal held then, it must hold for ever.

A chain shows what was altered inside it. That its end was cut off, or that all of it was made again, shows only against
a hash that is kept where this machine cannot take it back: on the branch `rollout`.
"""

import json
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.live.journal.reader import JournalReader
from src.live.journal.rows import Event
from src.live.settings import read_settings
from src.rollout.branch import HEADS_FILE, STAGES_FILE, Identity, Tip, read_tip
from src.rollout.commits import Change, Done, Lines, commit, who

# Seconds between two heads that are committed for themselves.
DAY = 86_400


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event of a journal when somebody committed it.

    Attributes:
        journal: hash of its first event, which names it.
        exchange, symbol, timeframe: of its market.
        number, hash: of the event.
        made_at: of the event, whole seconds since 1970.
    """

    journal: str
    exchange: str
    symbol: str
    timeframe: int
    number: int
    hash: str
    made_at: int

    @property
    def line(self) -> str:
        """As the branch keeps it."""
        return json.dumps(msgspec.to_builtins(self))


def newest_head(reader: JournalReader) -> Head | None:
    """What can be committed now; None before the first event.

    Raises:
        UserError: the journal cannot be read.
    """
    market, first, last = reader.market(), reader.events_after(0, 1), reader.last_event()
    if market is None or not first or last is None:
        return None
    return Head(
        journal=first[0].hash,
        exchange=market.exchange,
        symbol=market.symbol,
        timeframe=market.timeframe,
        number=last.number,
        hash=last.hash,
        made_at=int(last.made_at),
    )


def head_lines(journal: Path) -> Lines:
    """What a promotion or rollback on this machine commits beside itself; nothing where no journal can be read."""
    try:
        with JournalReader(journal) as reader:
            head = newest_head(reader)
    except UserError:
        # A rollback must not fail for it.
        return {}
    return {HEADS_FILE: [head.line]} if head else {}


def head_lines_here(root: Path) -> Lines:
    """As ``head_lines``, for the journal that the settings of ``root`` name; nothing where they cannot be read."""
    try:
        settings = read_settings(root)
    except UserError:
        return {}
    return head_lines(root / settings.journal.path)


def heads_at(tip: Tip) -> list[Head]:
    """All heads that the branch holds, in its order.

    Raises:
        UserError: a line is damaged.
    """
    found = []
    for number, line in enumerate(tip.contents.get(HEADS_FILE, b"").splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=Head))
        except msgspec.MsgspecError:
            raise UserError(f"{HEADS_FILE}, line {number} is damaged; restore it with git.") from None
    return found


def commit_head(root: Path, remote: str, reader: JournalReader, identity: Identity | None) -> Done:
    """Commit the newest head, unless one of this journal is there that is younger than a day; what was done.

    Nothing before the first promotion, which makes the branch.

    Raises:
        UserError: the journal cannot be read, or as ``commit``.
    """
    head = newest_head(reader)

    def decide(tip: Tip) -> Change | Done:
        known = [one for one in heads_at(tip) if head and one.journal == head.journal]
        if head is None or STAGES_FILE not in tip.contents:
            return Done("there is no audit head to keep yet")
        if known and head.made_at - max(one.made_at for one in known) < DAY:
            return Done("the audit head of today is in git already")
        return Change(
            message=[
                f"Keep audit head {head.number}",
                "",
                who(root, identity),
                f"Why: event {head.number} is the newest",
            ],
            said=f"kept the audit head of event {head.number}",
            lines={HEADS_FILE: [head.line]},
        )

    # Nobody is asked but once a day.
    known = decide(read_tip(root, remote))
    return known if isinstance(known, Done) else commit(root, decide, remote=remote, identity=identity, offline=True)


def fault_against(heads: list[Head], reader: JournalReader) -> str | None:
    """The first head that the journal contradicts, in one sentence; None where it holds all that git says it held.

    Raises:
        UserError: the journal cannot be read.
    """
    now = newest_head(reader)
    ours = [head for head in heads if now and head.journal == now.journal]
    for head in ours:
        found: Event | None = next(iter(reader.events_after(head.number - 1, 1)), None)
        if found is None or found.number != head.number:
            last = now.number if now else 0
            return (
                f"the journal was cut: its last event is {last}, and git holds the head of event {head.number}; "
                f"events {last + 1} to {head.number} at least are gone."
            )
        if found.hash != head.hash:
            return (
                f"event {head.number} is not the one whose head git holds ({head.hash[:12]}, here {found.hash[:12]}): "
                "it or one before was altered and the chain made again."
            )
    others = [head for head in heads if now and _market(head) == _market(now)]
    if now and not ours and others:
        return (
            f"git holds heads of a journal of {now.exchange} {now.symbol} that begins with {others[-1].journal[:12]}, "
            f"and none of this one, which begins with {now.journal[:12]}: it was replaced, or is new and no head of it "
            "was committed yet."
        )
    return None


def _market(head: Head) -> tuple[str, str, int]:
    return head.exchange, head.symbol, head.timeframe
