"""Notices of the live side: whom to tell, by deploy/live.yaml, and the thread that does it."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.live.journal.reader import JournalReader
from src.live.settings import LiveSettings
from src.live.telling.watcher import Watcher, watched
from src.notices.address import DISCORD_VARIABLE, WEBHOOK_VARIABLE, address
from src.notices.notices import Notices
from src.notices.queue import Queue, notices_file
from src.notices.sender import Sender, deliver, sending
from src.notices.targets import Discord, Target, Webhook

# What `make notify` can tell, with the facts that stand for it.
BY_HAND: Mapping[str, Mapping[str, str]] = {"note": {}, "gate_failed": {"version": "the new model"}}
# Seconds that it waits for an answer.
PATIENCE = 30.0


def notices_of(root: Path, settings: LiveSettings, say: Callable[[str], None] = lambda _: None) -> Notices:
    """Where any process of this checkout tells something; `make live` sends it."""
    return Notices(notices_file(root / settings.journal.path), say)


def targets_of(root: Path, settings: LiveSettings, variables: Mapping[str, str] = os.environ) -> list[Target]:
    """Whom to tell.

    Raises:
        UserError: as ``address``.
    """
    notices = settings.notices
    discord = address(root, "notices.discord_url_file", notices.discord_url_file, DISCORD_VARIABLE, variables)
    webhook = address(root, "notices.webhook_url_file", notices.webhook_url_file, WEBHOOK_VARIABLE, variables)
    found: list[Target] = [Discord(discord)] if discord else []
    return found + ([Webhook(webhook)] if webhook else [])


@contextmanager
def telling(root: Path, settings: LiveSettings, say: Callable[[str], None]) -> Iterator[Notices]:
    """A thread tells what the journal says and sends what any process tells, until the block ends.

    Raises:
        UserError: as ``targets_of``.
    """
    journal, notices = root / settings.journal.path, notices_of(root, settings, say)
    watcher = Watcher(JournalReader(journal), settings, notices, Queue(notices_file(journal)))
    with _sent(root, settings, notices, say, watched(watcher, say)):
        yield notices


@contextmanager
def passing_on(root: Path, settings: LiveSettings, say: Callable[[str], None]) -> Iterator[Notices]:
    """A thread sends what any process tells while no `make live` does, until the block ends.

    Raises:
        UserError: as ``targets_of``.
    """
    notices = notices_of(root, settings, say)
    with _sent(root, settings, notices, say, lambda: None):
        yield notices


def _sent(
    root: Path, settings: LiveSettings, notices: Notices, say: Callable[[str], None], before: Callable[[], None]
) -> AbstractContextManager[None]:
    path = notices_file(root / settings.journal.path)
    return sending(Sender(notices, path, targets_of(root, settings), settings.notices, say), path, before)


def tell_by_hand(root: Path, settings: LiveSettings, event: str, why: str) -> str:
    """`make notify`: tell something and send it, unless a process sends already; what came of it.

    Raises:
        UserError: no such event or one with more facts than a reason, no reason, as ``targets_of``, or it waits still.
    """
    if event not in BY_HAND:
        raise UserError(f"{event[:40]!r} is nothing that can be told by hand; there are {', '.join(BY_HAND)}.")
    if not why.strip() or not why.isprintable():
        raise UserError("the reason must be one line of text; say what people should know, as in WHY='…'.")
    said: list[str] = []
    targets, notices = targets_of(root, settings), notices_of(root, settings)
    notices.tell(event, **BY_HAND[event], why=why)
    if not targets:
        return "kept, and told to nobody: no address is set (`notices` of deploy/live.yaml)."
    pace = msgspec.structs.replace(settings.notices, gather=0.0)
    names, path = " and ".join(target.name for target in targets), notices_file(root / settings.journal.path)
    sender = Sender(notices, path, targets, pace, said.append)
    if not deliver(sender, path, threading.Event(), PATIENCE) or said:
        raise UserError(f"{'; '.join(said) or 'it is not told yet'}; what waits is sent by `make live`.")
    return f"told {names}."
