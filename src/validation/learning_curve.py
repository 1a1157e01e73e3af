"""The log loss of a boosted member after each round, written by DVCLive while it is trained; nothing without DVCLive.

Of the newest fold: the rows it is trained on, and its test rows. What is written is no output of any stage, and no
output depends on it. See docs/tracking.md.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.core.paths import LEARNING_CURVES
from src.ml.base.boosted import BoostedMember, Watcher
from src.ml.base.two_headed import HEADS, TwoHeadedMember
from src.validation.walk_forward import Watch

# Rounds between two drawings of the whole curve; each round's figures are written at once.
EVERY = 20
# As in docs/tracking.md: which rows a line is of.
TRAINED, HELD_OUT = "rows trained on", "rows held out"


@contextmanager
def learning_curves(root: Path, name: str) -> Iterator[Watch | None]:
    """What lets `walk_forward` write the curves of the member ``name``; None where DVCLive is not installed.

    A member with two heads has a curve for each, over the rows that this head learns from.
    """
    folder = root / LEARNING_CURVES
    for old in (name, *(f"{name}_{head}" for head in HEADS)):
        shutil.rmtree(folder / old, ignore_errors=True)
    # A mere folder of that name has no origin.
    if getattr(importlib.util.find_spec("dvclive"), "origin", None) is None:
        yield None
        return
    with ExitStack() as curves:

        def watched(member: Any, folder_name: str, features: NDArray[np.float64], target: NDArray[Any]) -> None:
            if isinstance(member, BoostedMember):
                curve = curves.enter_context(LearningCurve(folder / folder_name))
                member.watcher = Watcher(features, target.astype("int8"), curve.tell)

        def watch(classifier: Any, features: NDArray[np.float64], labels: NDArray[np.int8]) -> None:
            if isinstance(classifier, TwoHeadedMember):
                moved = labels != 0
                watched(classifier.move, f"{name}_{HEADS[0]}", features, moved)
                watched(classifier.direction, f"{name}_{HEADS[1]}", features[moved], labels[moved] > 0)
            else:
                watched(classifier, name, features, labels)

        yield watch


class LearningCurve:
    """One curve; a thread of its own writes it, so that no fit waits for DVCLive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: SimpleQueue[tuple[float, float] | None] = SimpleQueue()
        self._thread = Thread(target=self._write, daemon=True)

    def __enter__(self) -> "LearningCurve":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._told.put(None)
        self._thread.join()

    def tell(self, trained: float, held_out: float) -> None:
        """The log losses after the next round."""
        self._told.put((float(trained), float(held_out)))

    def _write(self) -> None:
        try:
            self._log()
        # Whatever DVCLive does, the member is trained.
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            print(f"no learning curve in {self._folder.name}: {reason}", file=sys.stderr)

    def _log(self) -> None:
        # Nothing is sent to DVC Studio, whatever token is set.
        os.environ["DVC_STUDIO_OFFLINE"] = "true"
        from dvclive import Live

        live = Live(str(self._folder), save_dvc_exp=False, dvcyaml=None, report=None, monitor_system=False)
        points = []
        while (losses := self._told.get()) is not None:
            for rows, metric, loss in zip((TRAINED, HELD_OUT), ("train", "held_out"), losses, strict=True):
                live.log_metric(f"log_loss/{metric}", loss)
                points.append({"round": live.step + 1, "model": f"{self._folder.name}, {rows}", "log_loss": loss})
            if len(points) % (2 * EVERY):
                live.step += 1
            else:
                live.log_plot("log_loss", points, x="round", y="log_loss")
                live.next_step()
        live.log_plot("log_loss", points, x="round", y="log_loss")
        live.end()
