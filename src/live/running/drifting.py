"""The verdict of `make drift` in what `make live` writes: told once, and obeyed as `drift.not_ready` says."""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.live.answering.window import iso
from src.live.drift_verdict import DriftVerdict, read_verdict, seconds_of
from src.live.journal.rows import Prediction
from src.live.running.versions import Running
from src.live.settings import DriftSettings

DAY = 86_400


class Drifting:
    """Reads the verdict for every candle.

    Args:
        root: of the checkout, with .live/drift.json.
        settings: the section `drift` of deploy/live.yaml.
        say: gets each finding once, until another takes its place.
    """

    def __init__(self, root: Path, settings: DriftSettings, say: Callable[[str], None]) -> None:
        self._root, self._settings, self._say = root, settings, say
        self._told = ""

    def applied(self, rows: Iterable[Prediction], running: Iterable[Running], now: float) -> list[Prediction]:
        """``rows``, those of a version that drifted no longer ready for trading.

        A verdict that is missing, damaged, stale or about something else changes nothing.

        Args:
            rows: of one candle.
            running: the versions that they are of.
            now: the exchange's clock.
        """
        rows = list(rows)
        try:
            verdict = read_verdict(self._root)
        except UserError as error:
            self._tell(f"drift: {error}")
            return rows
        if verdict is None:
            self._tell("drift: no verdict here; `make drift` judges (docs/drift.md)")
            return rows
        why = idle(verdict, running, now, self._settings)
        if why or not verdict.drifted:
            self._tell(f"drift: {why or verdict.sentence}")
            return rows
        obeyed = counts(verdict, self._settings)
        effect = "not ready for trading" if obeyed else f"only told (`drift.not_ready: {self._settings.not_ready}`)"
        self._tell(f"drift: {verdict.version}: {verdict.sentence}; {effect}")
        return [not_ready(row, verdict) if obeyed and row.version == verdict.version else row for row in rows]

    def _tell(self, sentence: str) -> None:
        if sentence != self._told:
            self._told = sentence
            self._say(sentence)


def idle(verdict: DriftVerdict, running: Iterable[Running], now: float, settings: DriftSettings) -> str | None:
    """Why a verdict says nothing of what runs ``now``; None where it does."""
    one = next((one for one in running if one.version == verdict.version), None)
    if one is None:
        return f"the verdict is about {verdict.version}, which does not run here; run `make drift` again"
    if seconds_of(one.loaded.signal.facts.trained_until) != seconds_of(verdict.trained_until):
        return (
            f"the verdict is about {verdict.version} trained until {verdict.trained_until}, not until "
            f"{one.loaded.signal.facts.trained_until}; run `make drift` where that version's pipeline ran"
        )
    if now - verdict.judged_until > settings.fresh_days * DAY:
        return f"the verdict is stale: its newest candle opened at {iso(verdict.judged_until)}; run `make drift` again"
    return None


def counts(verdict: DriftVerdict, settings: DriftSettings) -> bool:
    """Whether `drift.not_ready` obeys what the verdict found."""
    return verdict.drifted and (
        settings.not_ready == "any" or (settings.not_ready == "losses" and verdict.losses_drifted)
    )


def not_ready(row: Prediction, verdict: DriftVerdict) -> Prediction:
    """The row as it counts while its version has drifted."""
    return msgspec.structs.replace(row, trading_ready=False, trading_reason=f"drift: {verdict.sentence}")
