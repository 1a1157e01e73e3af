"""Notices that wait together become one message."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from src.notices.events import EVENTS
from src.notices.rows import Notice

# Discord takes 2,000 letters; what counts letters in another way may count more.
LONGEST = 1800
REPEAT = "(This may repeat the message before it: whether that one arrived is not known.)"
_RANK = {event: rank for rank, event in enumerate(EVENTS)}


def message_text(notices: Sequence[Notice]) -> str:
    """One line a notice, oldest first; the same text is told once, with how often. What has no room is counted.

    Each line ends with the number of its newest notice, which the next message does not use again.
    """
    last: dict[str, Notice] = {}
    times: Counter[str] = Counter()
    for notice in notices:
        times[notice.text] += 1
        last[notice.text] = notice
    by_weight = sorted(last.values(), key=lambda notice: (_RANK.get(notice.event, len(_RANK)), notice.number))
    told, room = list[Notice](), LONGEST
    for notice in by_weight:
        room -= _units(_line(notice, times[notice.text])) + 1
        if room < 0 and told:
            break
        told.append(notice)
    lines = [_line(notice, times[notice.text]) for notice in sorted(told, key=lambda notice: notice.number)]
    if left := by_weight[len(told) :]:
        kinds = Counter(notice.event for notice in left)
        counted = ", ".join(f"{count} {event}" for event, count in kinds.items())
        lines.append(f"and {len(left)} more ({counted}), which had no room here.")
    return "\n".join(lines)


def _line(notice: Notice, times: int) -> str:
    moment = datetime.fromtimestamp(notice.made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    often = f" ({times} times, last at this time)" if times > 1 else ""
    place = f"#{notice.number}" if notice.number > 0 else "from memory: the disk takes nothing"
    return f"{moment} — {notice.text}{often} [{place}]"


def _units(text: str) -> int:
    """Letters as JavaScript counts them."""
    return len(text.encode("utf-16-le")) // 2
