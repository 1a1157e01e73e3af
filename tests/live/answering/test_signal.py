"""One version, one window, one answer; and how a person reads it."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from src.bundle.folder import open_bundle
from src.bundle.loaded import Loaded
from src.live.answering.answer import Answer
from src.live.answering.signal import answer, line
from src.live.answering.window import Window
from src.live.settings import GuardSettings, LiveSettings
from tests.graph.conftest import Exported
from tests.live.runner_tree import ONE, Tree
from tests.live.windows import HOUR, MIDNIGHT

TELL = LiveSettings(guard=GuardSettings(outside="tell"))


@pytest.fixture(scope="module")
def version(versions_tree: Tree) -> Loaded:
    """v1.0.0, whose graph says that closes of 1.5 to 2.5 were seen in training."""
    return open_bundle(versions_tree.bundles / ONE, offline=True)


@pytest.fixture
def newest(exported: Exported) -> Window:
    """400 real candles from midnight, asked about 15 s after the last close."""
    opened = MIDNIGHT + HOUR * np.arange(400)
    return Window(opened, exported.windows[-1], float(opened[-1]) + HOUR + 15, HOUR)


def test_it_is_what_the_graph_says(version: Loaded, newest: Window) -> None:
    found = answer(version, newest, TELL, "stage-10", 0.1)
    expected = version.signal.run(candles=newest.values[None])["probability"][0]
    assert found.probability == expected
    assert found.decision == ("rise" if expected >= 0.5 else "none")
    assert (found.opened, found.closed) == ("2020-01-17T15:00:00+00:00", "2020-01-17T16:00:00+00:00")
    assert (found.version, found.step, found.share, found.age) == (ONE, "stage-10", 0.1, 15.0)
    assert (found.reason, found.outside, found.older_holes) == (None, ("close",), 0)
    assert (found.trading_ready, found.trading_reason) == (False, "net return low")
    assert found.proof == "unaltered since fetch"
    # The graph of the twelve inputs has none of them.
    assert (found.probability_move, found.probability_direction) == (None, None)


def test_the_decision_is_taken_at_the_threshold_of_the_graph(version: Loaded, newest: Window) -> None:
    probability = answer(version, newest, TELL).probability
    assert probability is not None
    for threshold, decision in ((probability, "rise"), (np.nextafter(probability, 1), "none")):
        facts = replace(version.signal.facts, decision_threshold=float(threshold))
        assert answer(replace(version, signal=Answering(version, facts)), newest, TELL).decision == decision


class Answering:
    """The graph of a version, which says other things of itself."""

    def __init__(self, version: Loaded, facts: object) -> None:
        self.run, self.facts = version.signal.run, facts


def test_where_the_guard_objects_it_abstains(version: Loaded, newest: Window) -> None:
    found = answer(version, newest, LiveSettings(), "live", 0.9)
    assert (found.probability, found.decision, found.reason) == (None, "abstain", "outside")
    assert (found.step, found.share, found.trading_reason) == ("live", 0.9, "net return low")
    early = answer(version, replace(newest, now=newest.now - HOUR), TELL)
    assert (early.probability, early.decision, early.reason, early.age) == (None, "abstain", "open", 15.0 - HOUR)


def test_numbers_that_are_too_large_get_no_probability(version: Loaded, newest: Window) -> None:
    """Every candle is sound, and some feature or the graph's own float32 is not."""
    for size in (1e30, 1e36, 1e150, 1e300):
        found = answer(version, replace(newest, values=newest.values * size), TELL)
        assert found.probability is None or np.isfinite(found.probability)
        assert found.probability is not None or found.reason == "broken", size
    assert found.reason == "broken"


def test_no_candle_at_all(version: Loaded) -> None:
    none = Window(np.array([], dtype=np.int64), np.empty((0, 5)), float(MIDNIGHT), HOUR)
    found = answer(version, none, TELL)
    assert (found.decision, found.reason, found.closed) == ("abstain", "short", "2020-01-01T00:00:00+00:00")


def test_the_line_of_an_answer(version: Loaded, newest: Window) -> None:
    found = answer(version, newest, TELL)
    assert line(found) == (
        f"2020-01-17T16:00:00+00:00: probability of a rise {found.probability:.4f}, decision {found.decision}; "
        "v1.0.0 (unaltered since fetch), 15 s after the close; outside the range of training: close; "
        "not ready for trading: net return low"
    )
    assert len(line(found).splitlines()) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"probability_move": 0.4},
            ", of a move 0.4000, decision none; v1.2.0 (proven), 4 s after the close; ready for",
        ),
        ({"older_holes": 3}, "4 s after the close; older holes: 3; ready for trading: net return +12.0 %"),
        (
            {"probability": None, "decision": "abstain", "reason": "open", "sentence": "leave it out.", "age": -61.0},
            "no answer (open): leave it out. v1.2.0 (proven), 61 s before the close; ready",
        ),
    ],
)
def test_what_a_line_tells(changed: dict[str, object], words: str) -> None:
    told = Answer(
        opened="2020-01-01T00:00:00+00:00",
        closed="2020-01-01T01:00:00+00:00",
        version="v1.2.0",
        step=None,
        share=1.0,
        probability=0.3,
        decision="none",
        age=4.2,
        trading_ready=True,
        trading_reason="net return +12.0 %",
        proof="proven",
    )
    assert words in line(msgspec.structs.replace(told, **changed))
