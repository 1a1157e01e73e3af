"""One candle, every running version: the rows that the journal gets."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from src.live.answering.signal import answer
from src.live.answering.sizing import sizes
from src.live.answering.window import Window, iso
from src.live.journal.rows import MISSED, Prediction
from src.live.running.versions import Running
from src.live.settings import LiveSettings

ERROR = "error"


def scored(
    running: Iterable[Running],
    window: Window,
    settings: LiveSettings,
    *,
    halted: bool,
    held: Callable[[str], float | None] = lambda _: None,
) -> list[Prediction]:
    """What each version says of the newest candle of ``window``; ``held`` gives its last position.

    A version that fails has a row that says so; the others answer all the same.
    """
    return [_scored(one, window, settings, 0.0 if halted else one.share, held) for one in running]


def missed(owed: Iterable[Prediction], opened: Iterable[int], now: float, timeframe: int) -> list[Prediction]:
    """The rows of candles that nobody answered in time, for the versions that had ``owed`` an answer.

    Args:
        owed: the rows of the last candle before.
        opened: of the candles.
        now: the exchange's clock.
        timeframe: seconds of a candle.
    """
    owed = list(owed)
    return [
        msgspec.structs.replace(
            row,
            opened=moment,
            share=0.0,
            probability=None,
            probability_move=None,
            probability_direction=None,
            volatility=None,
            position=None,
            decision=MISSED,
            reason=MISSED,
            sentence=f"nobody answered the candle that closed at {iso(moment + timeframe)} before the next one closed.",
            outside=(),
            older_holes=0,
            made_at=now,
            age=now - moment - timeframe,
            latency=None,
        )
        for moment in opened
        for row in owed
    ]


def line(row: Prediction, timeframe: int) -> str:
    """A row as `make live` prints it."""
    said = f"{row.probability:.4f}, {row.decision}" if row.probability is not None else f"{row.reason}: {row.sentence}"
    return f"{iso(row.opened + timeframe)} {row.version} ({row.step or 'no step'}, stake {row.share:g}): {said}"


def _scored(
    one: Running, window: Window, settings: LiveSettings, share: float, held: Callable[[str], float | None]
) -> Prediction:
    opened = int(window.opened[-1])
    facts = one.loaded.signal.facts
    started = time.perf_counter()
    said: dict[str, Any]
    try:
        before = held(one.version) if sizes(one.loaded.signal, one.loaded.sizing) else None
        given = answer(one.loaded, window, settings, one.step, share, before or 0.0)
        said = {name: getattr(given, name) for name in given.__struct_fields__ if name not in ("opened", "closed")}
    # onnxruntime's own errors have no common class.
    except Exception as error:
        said = {
            "version": one.version,
            "step": one.step,
            "share": share,
            "probability": None,
            "probability_move": None,
            "probability_direction": None,
            "volatility": None,
            "position": None,
            "decision": "abstain",
            "reason": ERROR,
            "sentence": f"{one.version} failed ({type(error).__name__}: {' '.join(str(error).split())[:200]}).",
            "outside": (),
            "older_holes": 0,
            "age": window.now - opened - window.timeframe,
            "trading_ready": one.loaded.trading_ready,
            "trading_reason": one.loaded.trading_reason,
            "proof": one.loaded.proof,
        }
    return Prediction(
        **said,
        number=0,
        event=0,
        opened=opened,
        made_at=window.now,
        latency=time.perf_counter() - started,
        graph_md5=one.graph_md5,
        horizon=facts.target_horizon,
        threshold=facts.target_threshold,
    )
