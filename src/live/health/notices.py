"""Whether people can be told."""

from pathlib import Path

from src.core.errors import UserError
from src.live.health.findings import Finding, Level
from src.live.settings import LiveSettings
from src.live.telling.telling import targets_of
from src.notices.events import duration
from src.notices.queue import Queue, notices_file

# Seconds that a message may wait before nobody can be said to be told.
LATE = 3600.0


def notices_finding(root: Path, settings: LiveSettings, wall: float) -> Finding:
    """What waits for whom."""
    path = notices_file(root / settings.journal.path)
    try:
        targets = [target.name for target in targets_of(root, settings)]
        if not path.exists():
            return Finding("notices", Level.WELL, f"none was told yet; they go to {_names(targets)}")
        queue = Queue(path)
        told, late = list[str](), False
        for target in targets:
            message, waiting = queue.open_message(target), queue.waiting(target, wall)
            first = min([one.made_at for one in (*(queue.notices_of(message) if message else ()), *waiting)], default=0)
            if first:
                late |= wall - first > LATE
                why = f" ({message.answer})" if message and message.answer else ""
                told.append(f"{target} waits for {duration(max(0.0, wall - first))}{why}")
        queue.close()
    except UserError as error:
        return Finding("notices", Level.ILL, str(error))
    if told:
        return Finding("notices", Level.ILL if late else Level.WELL, "; ".join(told))
    return Finding("notices", Level.WELL, f"all were told; they go to {_names(targets)}")


def _names(targets: list[str]) -> str:
    return " and ".join([*targets, "the log"]) if targets else "the log alone: no address is set"
