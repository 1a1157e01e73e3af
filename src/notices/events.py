"""What can be told, and in which words."""

from collections.abc import Mapping
from string import Formatter

from src.core.shown import shown_path

# By weight: where a message has no room for all, the later kinds are only counted in it.
EVENTS: Mapping[str, str] = {
    "rollback": "Rollback: {step} went back from {version} to {back_to}: {why}",
    "promotion": "Promotion: {step} runs {version}, before it {before}: {why}",
    "gate_failed": "Gate failed: {version} may not run: {why}",
    "halt": "Halt by {who}: every answer has stake 0: {why}",
    "resume": "Resumed by {who}: answers have their stakes again: {why}",
    "refused": "Refused: {version} is not loaded: {why}",
    "alert": "Alert {name} ({severity}): {summary}",
    "over": "Over: {name}: {summary}",
    "stale": "Stale candles: the newest candle of {symbol} closed {age} ago, which is {overdue} too long: {why}",
    "fresh": "Candles are back: the newest candle of {symbol} closed {age} ago",
    "abstaining": "No answer: {version} abstained for {candles} candles in a row: {why}",
    "answering": "Answers again: {version}, after {candles} candles without one",
    "drift": "Drift: {what}: {why}",
    "daily": "Daily summary, {day}: {summary}",
    "note": "{why}",
}
LONGEST = 600


def sentence(event: str, facts: Mapping[str, object]) -> str:
    """The text of a notice, on one line; facts that its sentence has no place for stand behind it.

    Raises:
        ValueError: no such event, or a fact of its sentence is missing.
    """
    if event not in EVENTS:
        raise ValueError(f"there is no event {event!r}; there are {', '.join(EVENTS)}")
    wanted = [name for _, name, _, _ in Formatter().parse(EVENTS[event]) if name]
    if missing := [name for name in wanted if name not in facts]:
        raise ValueError(f"the event {event} also needs {', '.join(missing)}")
    told = {name: _shown(value) for name, value in facts.items()}
    more = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items() if name not in wanted)
    text = EVENTS[event].format_map(told) + (f" ({more})" if more else "")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def duration(seconds: float) -> str:
    """A time span as people say it: 45 s, 12 min, 3 h 20 min, 2 d 5 h."""
    minutes = round(seconds / 60)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h"


def _shown(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    # Line ends too: a reason must not look like a notice of its own.
    return shown_path(" ".join(text.split()))
