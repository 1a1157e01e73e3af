"""`make audit`: is the journal what it was, and who let which version answer, when and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.live.answering.window import iso
from src.live.audit.heads import fault_against, heads_at
from src.live.journal.audit import SEALS
from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED, Event, Prediction
from src.live.running.rollouts import PROMOTION, ROLLBACK
from src.live.settings import LiveSettings
from src.repository.git import git
from src.rollout.branch import Tip, fetch, read_tip, remote_address, repository


@dataclass(frozen=True)
class Trail:
    """What `make audit` prints: entries by time, what was proven, and what is wrong."""

    entries: tuple[str, ...]
    proven: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """Something that somebody did, at a time in seconds since 1970."""

    at: int
    text: str


def audit(root: Path, settings: LiveSettings) -> Trail:
    """Prove the journal and the chain against the heads in git, and tell all that it and git know.

    Raises:
        UserError: there is no journal, or it or the branch `rollout` cannot be read.
    """
    journal = root / settings.journal.path
    with JournalReader(journal) as reader:
        if not reader.exists:
            raise UserError(f"there is no journal {journal} yet; `make live` begins it.")
        silent = _ask(root, settings.git.remote)
        tip = read_tip(root, settings.git.remote)
        heads = heads_at(tip)
        faults = [fault for fault in (reader.first_fault(), fault_against(heads, reader)) if fault]
        events, rows = reader.events_after(0), reader.predictions_after(0)
        entries = [*_commits(root, tip), *_events(events), *_answers(rows, events)]
    here = events[0].hash if events else ""
    ours = [head for head in heads if head.journal == here]
    proven = [] if faults else [f"{len(events)} events and {len(rows)} predictions are as they were written"]
    if ours and not faults:
        at = max(ours, key=lambda head: head.number)
        proven.append(f"git holds {len(ours)} heads of this journal, the newest of event {at.number}: nothing was cut")
    elif not ours:
        proven.append("git holds no head of this journal yet: a cut at its end would not be seen")
    if silent:
        proven.append(f"the heads are those known here: {silent}")
    ordered = sorted(entries, key=lambda entry: entry.at)
    return Trail(tuple(f"{iso(entry.at)} {entry.text}" for entry in ordered), tuple(proven), tuple(faults))


def _ask(root: Path, remote: str) -> str | None:
    address = remote_address(root, remote)
    if address is None:
        return f"there is no git remote {remote}"
    try:
        fetch(root, address)
    except UserError as error:
        return str(error)
    return None


def _commits(root: Path, tip: Tip) -> Iterator[Entry]:
    """Promotions, rollbacks and heads: commits of the branch."""
    home = repository(root)
    for commit in [*(git(home, "rev-list", tip.base).split() if tip.base else []), *tip.pending]:
        at, author, body = git(home, "show", "--no-patch", "--format=%at%x00%an <%ae>%x00%B", commit).split("\0")
        subject, *rest = body.strip().splitlines()
        said = [line for line in rest if line and not line.startswith("Who: ")]
        yield Entry(int(at), f"{author}: {subject} ({'; '.join(said)}), commit {commit[:12]}")


def _events(events: Iterable[Event]) -> Iterator[Entry]:
    for event in events:
        # Promotions and rollbacks are told by their commits.
        if event.what not in (*SEALS, PROMOTION, ROLLBACK):
            details = msgspec.json.decode(event.details, type=dict[str, object])
            told = ", ".join(f"{name} {value}" for name, value in sorted(details.items()))
            why = f": {event.why}" if event.why else ""
            yield Entry(int(event.made_at), f"{event.who}: {event.what} {told}{why}, event {event.number}")


def _answers(rows: Iterable[Prediction], events: Iterable[Event]) -> Iterator[Entry]:
    """Which version answered which candles, and the events that let it: candles in a row with the same facts."""
    loads: dict[str, list[int]] = {}
    for event in events:
        if event.what == "loaded":
            version = msgspec.json.decode(event.details, type=dict[str, object]).get("version")
            loads.setdefault(str(version), []).append(event.number)

    def facts(row: Prediction) -> tuple[object, ...]:
        # A missed candle has no stake; it belongs to the candles around it.
        return row.version, row.step, row.graph_md5, row.proof

    for _, of_version in groupby(sorted(rows, key=lambda row: (row.version, row.opened)), key=lambda row: row.version):
        for (version, step, md5, proof), group in groupby(of_version, key=facts):
            found = list(group)
            missed = sum(row.reason == MISSED for row in found)
            silent = sum(row.probability is None for row in found) - missed
            stakes = ", ".join(dict.fromkeys(f"{row.share:g}" for row in found if row.reason != MISSED)) or "0"
            by = [number for number in loads.get(str(version), []) if number < found[0].event]
            loaded = f"loaded by event {by[-1]}" if by else "no event tells that it was loaded"
            yield Entry(
                found[0].opened,
                f"{version} ({step or 'no step'}, stake {stakes}, graph md5 {md5}, {proof}) answered "
                f"{len(found) - missed - silent} candles, abstained {silent}, missed {missed}, opened "
                f"{iso(found[0].opened)} to {iso(found[-1].opened)}; {loaded}",
            )
