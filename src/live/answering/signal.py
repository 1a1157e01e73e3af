"""What a version says of the newest closed candle: the guard first, then the graph, in one answer."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from src.bundle.graph import Graph
from src.bundle.loaded import Sizing
from src.live.answering.answer import Answer, Verdict
from src.live.answering.guard import judge
from src.live.answering.sizing import next_position, next_volatility
from src.live.answering.window import Window, iso
from src.live.settings import LiveSettings

Values = NDArray[np.float64]


class Version(Protocol):
    """What is needed of a loaded version (``Loaded`` of src/bundle)."""

    @property
    def version(self) -> str:
        """As v1.2.0; `checkout` for the graph of a checkout."""

    @property
    def proof(self) -> str:
        """`proven`, or `unaltered since fetch`."""

    @property
    def signal(self) -> Graph:
        """The graph from candles."""

    @property
    def sizing(self) -> Sizing | None:
        """How it sizes a position."""

    @property
    def trading_ready(self) -> bool:
        """Whether its orders earned their costs out of sample."""

    @property
    def trading_reason(self) -> str:
        """The sentence for it."""


def answer(
    loaded: Version,
    window: Window,
    settings: LiveSettings,
    step: str | None = None,
    share: float = 1.0,
    held: float = 0.0,
) -> Answer:
    """The answer of one version to one window; it abstains where the guard says so.

    Args:
        loaded: a version with a proven graph.
        window: the newest candles, at least the warm-up of the graph, and ``bars_needed`` for every field; a window
            without any has no answer.
        settings: of deploy/live.yaml.
        step: of the rollout that runs this version.
        share: of the stake that it has there, 0 to 1.
        held: share of the stake that is held now, by its last ``position``.
    """
    facts, ran = loaded.signal.facts, _Once(loaded.signal, window)
    verdict = judge(window, settings.guard, facts, ran.features)
    probability = ran.value("probability") if not verdict.abstains else None
    if probability is not None and not np.isfinite(probability):
        # Beyond float32, where the features are not.
        verdict = Verdict(reason="broken", sentence="the candles are too large for the graph; correct them.")
        probability = None
    volatility = None
    if probability is not None:
        volatility = next_volatility(loaded.signal, loaded.sizing, window, settings.guard)
    opened = float(window.opened[-1]) if len(window) else window.now
    closed = opened + window.timeframe if len(window) else window.now
    decision = "rise" if probability is not None and probability >= facts.decision_threshold else "none"
    return Answer(
        opened=iso(opened),
        closed=iso(closed),
        version=loaded.version,
        step=step,
        share=share,
        probability=probability,
        probability_move=None if probability is None else ran.value("probability_move"),
        probability_direction=None if probability is None else ran.value("probability_direction"),
        volatility=volatility,
        position=next_position(volatility, loaded.sizing, window.timeframe, held),
        decision="abstain" if verdict.abstains else decision,
        age=window.now - closed,
        trading_ready=loaded.trading_ready,
        trading_reason=loaded.trading_reason,
        proof=loaded.proof,
        reason=verdict.reason,
        sentence=verdict.sentence,
        outside=verdict.outside,
        older_holes=verdict.older_holes,
    )


def line(found: Answer) -> str:
    """An answer as one line for a person."""
    parts = [f"{found.closed}:"]
    if found.probability is None:
        parts.append(f"no answer ({found.reason}): {found.sentence}")
    else:
        move = "" if found.probability_move is None else f", of a move {found.probability_move:.4f}"
        parts.append(f"probability of a rise {found.probability:.4f}{move}, decision {found.decision};")
        if found.volatility is not None and found.position is not None:
            parts.append(f"volatility of the next bar {found.volatility:.3%}, hold {found.position:.1%} of the stake;")
    when = f"{found.age:.0f} s after" if found.age >= 0 else f"{-found.age:.0f} s before"
    parts.append(f"{found.version} ({found.proof}), {when} the close")
    if found.outside and found.probability is not None:
        parts.append(f"; outside the range of training: {', '.join(found.outside)}")
    if found.older_holes:
        parts.append(f"; older holes: {found.older_holes}")
    parts.append(f"; {'ready' if found.trading_ready else 'not ready'} for trading: {found.trading_reason}")
    return " ".join(parts).replace(" ;", ";")


class _Once:
    """One run of a graph on one window, when it is asked for."""

    def __init__(self, graph: Graph, window: Window) -> None:
        self._graph, self._window = graph, window
        self._outputs: dict[str, Values] = {}

    def features(self) -> Values:
        """What the graph makes of the newest candles (k,)."""
        used = self._window.newest(self._graph.facts.warmup)
        self._outputs = self._graph.run(candles=used.values[None], opened=used.opened[-1:])
        features: Values = self._outputs["features"][0]
        return features

    def value(self, name: str) -> float | None:
        """One output of the run; None where the graph does not have it."""
        return float(self._outputs[name][0]) if name in self._outputs else None
