"""What the journal says for and against the next step of a version: `make promote` asks for it."""

from pathlib import Path

from src.core.shown import shown_path
from src.live.journal.reader import JournalReader
from src.live.judge.weighing import begun, told, weighed
from src.live.settings import read_settings
from src.rollout.commits import committed_deployments
from src.rollout.promotion import Objection
from src.rollout.steps import STEPS, check_step
from src.rollout.version import Version

CANDLES, WORSE = "candles", "worse"


def judged(root: Path, version: Version, step: str, journal: Path | None = None) -> tuple[list[Objection], list[str]]:
    """What speaks against ``step``, and the figures in one line; both empty for the first step, before which none ran.

    Silence of the judge is no approval: too few candles speak against it, and so does an alarm.

    Args:
        root: of the checkout.
        version: that shall run.
        step: where.
        journal: of the bot; None for that of deploy/live.yaml.

    Raises:
        UserError: no such step, or settings, journal or branch that cannot be read.
    """
    check_step(step)
    if step == STEPS[0]:
        return [], []
    settings = read_settings(root)
    path, earlier = journal or root / settings.journal.path, STEPS[STEPS.index(step) - 1]
    if not path.is_file():
        missing = f"there is no journal {shown_path(path)}"
        refusal = f"was not judged: {missing}; bring that of the bot and say JOURNAL=<file>"
        return [Objection(CANDLES, refusal, missing)], []
    runs = committed_deployments(root, settings.git.remote)[step].version
    other = runs if runs != str(version) else None
    with JournalReader(path) as reader:
        candles = reader.judged(str(version), earlier, begun(reader, str(version)))
        found = weighed(reader, str(version), other, settings.judge.alpha)
    figures = f"{candles} candles judged at {earlier}; {told(found, other)}"
    objections = []
    if candles < (least := settings.rollout.least_candles):
        objections.append(Objection(CANDLES, f"has too few of {least} candles: {figures}", f"{candles} of {least}"))
    if found.alarm is not None:
        objections.append(Objection(WORSE, f"is worse than {other}: {figures}", f"alarm against {other}"))
    return objections, [figures]
