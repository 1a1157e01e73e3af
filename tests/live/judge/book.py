"""A journal of two versions, written by the real writer."""

from pathlib import Path

from src.live.journal.reader import JournalReader
from src.live.journal.rows import Prediction
from src.live.journal.writer import JournalWriter
from src.live.judge.judgement import Judgement, judgements
from src.live.settings import JudgeSettings
from src.rollout.steps import STEPS, Deployment
from tests.live.journal.test_journal import candle, prediction
from tests.live.runner_world import MARKET

ONE, TWO = "v1.0.0", "v1.1.0"
MD5 = "0" * 32
# What a version adds to the probability that is nearly right.
GOOD, BAD = -0.05, 0.3
RUNS = {"stage-10": Deployment(TWO, [ONE]), "live": Deployment(ONE, [])}
DEPLOYMENTS = {step: RUNS.get(step, Deployment(None, [])) for step in STEPS}


class Book:
    """A journal of hours in which the price rises in every third; ``ONE`` knows that, roughly."""

    def __init__(self, path: Path) -> None:
        self.path, self.hours = path, 0
        with JournalWriter(path) as writer:
            writer.claim(MARKET)

    def add(self, hours: int, two: float | str = GOOD, step: str = "stage-10", event: str | None = None) -> None:
        """``event``, then hours in which ``ONE`` says 0.6 before a rise, else 0.3, and ``TWO`` so much more."""
        with JournalWriter(self.path) as writer:
            writer.claim(MARKET)
            with writer.transaction():
                if event:
                    writer.add_event(float(self.hours), "judge", event, version=TWO, step=step)
                for hour in range(self.hours, self.hours + hours):
                    writer.add_candles([candle(hour, 100.0 if hour % 3 != 2 else 101.0)])
                    writer.add_predictions(float(hour), self._rows(hour, 0.6 if hour % 3 == 1 else 0.3, two, step))
                writer.join_outcomes(0)
        self.hours += hours

    def _rows(self, hour: int, one: float, two: float | str, step: str) -> list[Prediction]:
        said: dict[str, object] = {"probability": one + two} if isinstance(two, float) else {}
        if isinstance(two, str):
            said = {"probability": None, "reason": two, "sentence": "why"}
        good = {"outside": (), "step": step}
        return [prediction(hour, ONE, one, outside=()), prediction(hour, TWO, **good | said)]

    def judged(self, failed: tuple[str, ...] = (), md5: str | None = MD5, **settings: float) -> list[Judgement]:
        with JournalReader(self.path) as reader:
            return judgements(reader, DEPLOYMENTS, failed, JudgeSettings(**settings), {ONE: MD5, TWO: md5}.get)

    def two(self, **named) -> Judgement:
        found = self.judged(**named)
        assert [(one.step, one.version, one.other) for one in found] == [("stage-10", TWO, ONE), ("live", ONE, None)]
        assert found[1].why is None
        return found[0]
