"""The window guard: may a graph be asked about these candles, and if not why. All that is live uses ``judge``."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from src.bundle.graph import GraphFacts
from src.candles import rules
from src.candles.timeframe import parse_timeframe
from src.live.answering.answer import Verdict
from src.live.answering.window import Window, iso
from src.live.settings import GuardSettings

Values = NDArray[np.float64]

# Of a feature's range: the graph's features of a window agree with the training table's within this.
SLACK = 1e-6


def judge(window: Window, settings: GuardSettings, facts: GraphFacts, features: Callable[[], Values]) -> Verdict:
    """Whether the newest candles of ``window`` may be answered.

    Args:
        window: at least ``facts.warmup`` candles; older ones are not looked at.
        settings: the section `guard` of deploy/live.yaml.
        facts: of the graph that would answer.
        features: gives what the graph makes of them (k,); it is only called for candles that are as they should be.
    """
    found = candles_verdict(window, settings, facts)
    return found if found.abstains else _features(features(), found, settings, facts)


def candles_verdict(window: Window, settings: GuardSettings, facts: GraphFacts) -> Verdict:
    """As ``judge``, of the candles alone."""
    step = int(parse_timeframe(facts.timeframe).total_seconds())
    used = window.newest(facts.warmup)
    # One candle tells no timeframe.
    if len(used) > 1 and (fault := _disorder(used) or _timeframe(used, step, facts)):
        return fault
    if len(used) < facts.warmup:
        return _no("short", f"the graph needs {facts.warmup} candles, and there are {len(used)}; give older ones too.")
    if fault := _broken(used) or _clock(used, step, settings.overdue):
        return fault
    missing = _missing(used.opened, step)
    newest = _missing(used.opened[-settings.contiguous :], step)
    if newest:
        return _no(
            "hole",
            f"{_count(newest)} missing among the newest {settings.contiguous} before {iso(used.opened[-1] + step)}; "
            f"wait until `guard.contiguous` candles follow each other.",
            older_holes=missing - newest,
        )
    return Verdict(older_holes=missing)


def _features(features: Values, found: Verdict, settings: GuardSettings, facts: GraphFacts) -> Verdict:
    """``found``, and what the features add to it."""
    values = dict(zip(facts.feature_names, features.tolist(), strict=True))
    strange = [name for name, value in values.items() if not np.isfinite(value)]
    if strange:
        return _no(
            "broken",
            f"the candles are too large or too small to make {', '.join(strange)} of; correct them.",
            older_holes=found.older_holes,
        )
    outside = []
    for name, (low, high) in facts.feature_ranges.items():
        slack = SLACK * (high - low)
        if not low - slack <= values[name] <= high + slack:
            outside.append(name)
    if not outside or settings.outside == "tell":
        return Verdict(outside=tuple(outside), older_holes=found.older_holes)
    told = ", ".join(f"{name} {values[name]:g} [{_range(facts, name)}]" for name in outside)
    return _no(
        "outside",
        f"outside the range of training: {told}; train on candles that hold such values, or set `guard.outside`.",
        outside=tuple(outside),
        older_holes=found.older_holes,
    )


def _disorder(window: Window) -> Verdict | None:
    late = rules.not_later(window.opened).nonzero()[0]
    if len(late):
        return _no("broken", f"the time {iso(window.opened[late[0]])} {rules.NOT_LATER}; sort the candles.")
    return None


def _timeframe(window: Window, step: int, facts: GraphFacts) -> Verdict | None:
    """Spacing and grid are those of the timeframe that the graph was made for."""
    remedy = f"the graph was made for candles of {facts.timeframe}: give those."
    if window.timeframe != step:
        return _no("timeframe", f"the candles are of {window.timeframe} s, not {step} s; {remedy}")
    spacing, counts = np.unique(np.diff(window.opened), return_counts=True)
    if len(spacing) and (own := int(spacing[counts.argmax()])) != step:
        return _no("timeframe", f"most candles are {own} s apart, not {step} s; {remedy}")
    off = rules.off_grid(window.opened, step).nonzero()[0]
    if len(off):
        return _no("timeframe", f"the time {iso(window.opened[off[0]])} is not on the grid of {step} s; {remedy}")
    return None


def _broken(window: Window) -> Verdict | None:
    if fault := rules.fault_in(window.values):
        row, what = fault
        return _no("broken", f"the candle of {iso(window.opened[row])} is broken: {what}; fetch it again.")
    return None


def _clock(window: Window, step: int, overdue: float) -> Verdict | None:
    """The newest candle is closed, and the one after it is not."""
    opened, now = int(window.opened[-1]), window.now
    if opened > now:
        return _no("future", f"the newest candle opens at {iso(opened)}, and it is {iso(now)}; correct times or clock.")
    if opened + step > now:
        return _no("open", f"the newest candle closes at {iso(opened + step)}, and it is {iso(now)}; leave it out.")
    if now - (opened + step) > step + overdue:
        return _no(
            "stale",
            f"the newest candle closed at {iso(opened + step)}, and it is {iso(now)}: the next one is overdue; "
            "look whether the exchange still gives candles.",
        )
    return None


def _missing(opened: NDArray[np.int64], step: int) -> int:
    """Candles missing between the first and the last."""
    return int((opened[-1] - opened[0]) // step) + 1 - len(opened)


def _count(missing: int) -> str:
    return "1 candle is" if missing == 1 else f"{missing} candles are"


def _range(facts: GraphFacts, name: str) -> str:
    low, high = facts.feature_ranges[name]
    return f"{low:g}, {high:g}"


def _no(reason: str, sentence: str, outside: tuple[str, ...] = (), older_holes: int = 0) -> Verdict:
    return Verdict(reason=reason, sentence=sentence, outside=outside, older_holes=older_holes)
