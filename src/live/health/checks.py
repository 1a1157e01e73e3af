"""All that is looked at, for one screen."""

import time
from collections.abc import Iterator
from pathlib import Path

from src.core.errors import UserError
from src.live.drift_verdict import read_verdict
from src.live.health.findings import Finding, Level
from src.live.health.journal import journal_findings
from src.live.health.machine import disk_of, runner_of
from src.live.health.notices import notices_finding
from src.live.health.service import local_service, service_at
from src.live.journal.reader import JournalReader
from src.live.judge.acting import look
from src.live.service.listening import listening
from src.live.settings import LiveSettings

SERVICE = "service"


def health_of(root: Path, settings: LiveSettings, url: str | None, without: tuple[str, ...]) -> list[Finding]:
    """``health``, or that of the service at ``url``, with the token that this machine knows.

    Raises:
        UserError: ``url`` is no address, or the token cannot be read.
    """
    if url is None:
        return health(root, settings, without)
    return list(service_at(url, settings, listening(root, settings.serve).token))


def health(root: Path, settings: LiveSettings, without: tuple[str, ...] = ()) -> list[Finding]:
    """What runs on this machine, from the journal and the local service; nothing is changed.

    Args:
        root: of the checkout.
        settings: of deploy/live.yaml.
        without: ``SERVICE`` where only the runner runs here.
    """
    journal = root / settings.journal.path
    found = [runner_of(journal)]
    if SERVICE not in without:
        found += _told(SERVICE, local_service(root, settings))
    found += _told("journal", journal_findings(root, settings, time.time()))
    if JournalReader(journal).exists:
        found += _told("judge", _judged(root, settings))
    found += _told("drift", _drift(root))
    return [*found, notices_finding(root, settings, time.time()), disk_of(journal)]


def _judged(root: Path, settings: LiveSettings) -> Iterator[Finding]:
    """What the judge says of each step that runs a version."""
    for one in look(root, settings):
        yield Finding("judge", Level.ILL if one.why else Level.WELL, one.sentence)


def _drift(root: Path) -> Iterator[Finding]:
    """What `make drift` found last; nothing where it never ran here. A drift is a reason to train, no illness."""
    if verdict := read_verdict(root):
        yield Finding("drift", Level.WELL, f"{verdict.version}, candles to {verdict.last}: {verdict.sentence}")


def _told(name: str, findings: Iterator[Finding]) -> list[Finding]:
    """What was found up to an error, which is a finding too."""
    found = list[Finding]()
    try:
        found.extend(findings)
    except UserError as error:
        found.append(Finding(name, Level.ILL, str(error)))
    return found
