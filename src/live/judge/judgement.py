"""Both loops for every step: does it go back, and why."""

from collections.abc import Callable, Collection

import msgspec

from src.live.answering.window import iso
from src.live.journal.reader import JournalReader
from src.live.journal.rows import Prediction
from src.live.judge.faults import Fault, fault_in
from src.live.judge.weighing import begun, told, weighed
from src.live.settings import JudgeSettings
from src.rollout.evidence import Evidence
from src.rollout.steps import STEPS, Deployments, way_back

WORSE = "worse"


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the version that a step runs.

    Attributes:
        step: of the rollout.
        version: that it runs.
        other: the version that it would go back to; None where nothing ran before that did not fail.
        evidence: of the outcomes against ``version``, compared with ``other``.
        fault: what it does wrong by itself; None where there is nothing.
        paused: why nothing new can be judged now; None where something can.
    """

    step: str
    version: str
    other: str | None
    evidence: Evidence
    fault: Fault | None
    paused: str | None

    @property
    def kind(self) -> str | None:
        """What the alarm is: one of ``Fault``, or ``WORSE``; None without one."""
        return self.fault.kind if self.fault else WORSE if self.evidence.alarm is not None else None

    @property
    def why(self) -> str | None:
        """The reason for the rollback, one line; None without an alarm."""
        if self.fault:
            return _line(f"{self.fault.kind}: {self.fault.sentence}")
        if self.evidence.alarm is None:
            return None
        return f"{WORSE}: {told(self.evidence, self.other)}, alarm at the candle opened {iso(self.evidence.alarm)}"

    @property
    def sentence(self) -> str:
        """All of it for people."""
        said = self.why or ("no fault; " + told(self.evidence, self.other))
        return f"{self.step} runs {self.version}: {said}" + (f"; paused: {self.paused}" if self.paused else "")


def judgements(
    reader: JournalReader,
    deployments: Deployments,
    failed: Collection[str],
    settings: JudgeSettings,
    released_md5: Callable[[str], str | None],
) -> list[Judgement]:
    """One for each step that runs a version, in the order of the steps.

    Args:
        reader: of the journal.
        deployments: what each step runs.
        failed: versions that no step goes back to.
        settings: the section `judge` of deploy/live.yaml.
        released_md5: the md5 of a version's graph from candles, by its release tag.
    """
    found = []
    for step in STEPS:
        version = deployments[step].version
        if version is not None:
            other = way_back(deployments, step, failed)
            found.append(_judgement(reader, step, version, other, settings, released_md5(version)))
    return found


def _judgement(
    reader: JournalReader, step: str, version: str, other: str | None, settings: JudgeSettings, md5: str | None
) -> Judgement:
    since = begun(reader, version)
    rows = reader.predictions(since, version, settings.window)
    beside = reader.predictions(rows[0].opened, other) if rows and other else []
    return Judgement(
        step=step,
        version=version,
        other=other,
        evidence=weighed(reader, version, other, settings.alpha),
        fault=fault_in(rows, {row.opened: row for row in beside}, settings, md5),
        paused=_paused(reader, version, rows),
    )


def _paused(reader: JournalReader, version: str, rows: list[Prediction]) -> str | None:
    """No data is a pause: nothing is concluded from it."""
    newest = reader.newest()
    if not newest:
        return "the journal holds no candle yet"
    if not any(row.version == version for row in newest):
        return f"it does not answer: the newest candle, opened {iso(newest[0].opened)}, has no row of it"
    silent = [row for row in rows if row.probability is None]
    if 2 * len(silent) > len(rows):
        return f"{len(silent)} of its newest {len(rows)} candles have no answer ({silent[-1].reason})"
    return None


def _line(text: str) -> str:
    """On one line and short enough for a commit message; what is no print goes, as in an error of a library."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return shown if len(shown) <= 300 else shown[:299] + "…"
