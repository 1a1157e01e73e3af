"""Predict first, learn later: the loop that the study and the stream share.

Source: Dawid, Present Position and Potential Developments: the Prequential Approach (1984); Gama, Sebastião and
Rodrigues, On evaluating stream learning algorithms (Machine Learning 90, 2013).
"""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from src.online.learner import Learner, Values
from src.online.rows import Rows


@dataclass(frozen=True)
class Part:
    """What a learner said of rows ``first`` to ``first + n`` between two updates.

    Attributes:
        probability: (n,) of a rise.
        seconds: of one core, that beginning or learning took before them; None where it did neither.
    """

    first: int
    probability: Values
    seconds: float | None


def prequential(
    learner: Learner, rows: Rows, first: int, stop: int, horizon: int, resumed: bool = False
) -> Iterator[Part]:
    """Let ``learner`` answer the rows ``first`` to ``stop``, period by period.

    Each row is answered by a learner that has seen the labels ``Rows.known_before`` it, or fewer.

    Args:
        horizon: bars until a label is known, at least 1.
        resumed: the learner has answered all rows before ``first``; otherwise it begins there, with what is known.
    """
    learns, restarts = rows.periods(learner.every), rows.periods(learner.restart)
    changes = np.flatnonzero(np.diff(learns[first:stop]) | np.diff(restarts[first:stop])) + first + 1
    for start, end in itertools.pairwise([first, *changes.tolist(), stop]):
        begins = restarts[start] != restarts[start - 1] if start > first or resumed else True
        learned = begins or learns[start] != learns[start - 1]
        before = time.thread_time()
        if learned:
            (learner.begin if begins else learner.learn)(*rows.known_before(start, horizon))
        seconds = time.thread_time() - before if learned else None
        yield Part(start, learner.predict(rows.features[start:end]), seconds)
