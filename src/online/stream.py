"""An online learner fed bar by bar from the live journal: a study beside the bot."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from src.online.learner import Learner, Values
from src.online.prequential import prequential
from src.online.rows import Rows
from src.online.state import State, read_state, write_state

# Seconds between two writes while many candles are caught up on.
APART = 1.0


class Stream:
    """Answers every candle of a journal before its label is known, learns it afterwards, and keeps its place.

    What it says of a candle is a function of the training rows, the candles until then and the learner's settings
    alone: killed at any moment and started again it says the same, as it does when a whole journal is played at once.
    Where a candle is missing nothing is answered or learned.

    Args:
        learner: unfitted.
        training: rows before the journal's.
        horizon: bars until a label is known.
        made_of: names learner, settings and training rows; a state that was made of others is not gone on with.
        path: of the state.
    """

    def __init__(self, learner: Learner, training: Rows, horizon: int, made_of: str, path: Path) -> None:
        self.learner, self.training, self.horizon, self.path = learner, training, horizon, path
        self._ready = False
        self._state = State(made_of)

    @property
    def probability(self) -> Values:
        """(n,) what it said of the first n candles."""
        return np.array(self._state.probability, dtype="float64")

    def take_up(self, bars: Rows) -> str:
        """Go on from the state on disk, as far as it is of these candles; what was done, for people.

        Without a learner's text the past is played again from the first candle, with the same result.
        """
        found = read_state(self.path)
        if found is None:
            return "begins with the first candle" + (f"; {self.path.name} is no state" if self.path.exists() else "")
        if found.made_of != self._state.made_of:
            return "begins with the first candle: learner, settings or training rows are others than before"
        count = len(found.probability)
        if found.digest != digest(bars, count):
            return "begins with the first candle: earlier candles of the journal are others than before"
        if not self.learner.has_text:
            return f"plays {count} candles again, which this learner cannot keep"
        try:
            self.learner.load_text(found.model)
        except ValueError as error:
            return f"begins with the first candle: {self.path.name} holds no usable model ({error})"
        self._state, self._ready = found, True
        return f"goes on after {count} candles"

    def feed(self, bars: Rows) -> Iterator[int]:
        """Answer the candles that were not answered yet, one after the other; yields how many are.

        Raises:
            UserError: the state cannot be written.
        """
        answered = self._state.probability
        if self._ready and self._state.digest != digest(bars, len(answered)):
            # An exchange filled a hole late, so all features after it are others.
            self._ready = False
        if not self._ready:
            answered.clear()
        rows, before = self.training.followed_by(bars), len(self.training)
        written = time.monotonic()
        for bar in range(len(answered), len(bars)):
            place = before + bar
            for part in prequential(self.learner, rows, place, place + 1, self.horizon, resumed=self._ready):
                answered += part.probability.tolist()
            self._ready = True
            if time.monotonic() - written > APART or bar == len(bars) - 1:
                self._write(bars)
                written = time.monotonic()
            yield len(answered)

    def _write(self, bars: Rows) -> None:
        self._state.digest = digest(bars, len(self._state.probability))
        self._state.model = self.learner.text() if self.learner.has_text else ""
        write_state(self.path, self._state)


def digest(bars: Rows, count: int) -> str:
    """sha256 of opens and features of the first ``count`` rows; empty where there are fewer."""
    if count > len(bars):
        return ""
    content = bars.opened[:count].astype("<i8").tobytes() + bars.features[:count].astype("<f8").tobytes()
    return hashlib.sha256(content).hexdigest()


def made_of(name: str, members: Mapping[str, object], target: Mapping[str, object], training: Rows) -> str:
    """sha256 of what the answers depend on beside the journal: the learner, the settings, the training rows."""
    settings = json.dumps([name, members, target], sort_keys=True, default=str)
    labels = training.target.astype("<f8").tobytes()
    content = settings.encode() + labels + digest(training, len(training)).encode()
    return hashlib.sha256(content).hexdigest()
