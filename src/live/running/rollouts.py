"""Promotions and rollbacks as audit events: whoever commits them to the branch `rollout`, the journal tells it."""

import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from src.live.journal.reader import JournalReader
from src.live.journal.rows import Event
from src.live.settings import GitSettings
from src.repository.git import git
from src.rollout.branch import BRANCH, STAGES_FILE, read_tip, repository

ROLLBACK, PROMOTION = "rollback", "promotion"
# Commits that are looked at: more than are made while a bot is away.
NEWEST = 200
_STEP = re.compile(r"^Step: (\S+) ran (\S+), runs (\S+)$", re.MULTILINE)
_WHY = re.compile(r"^Why: (.*)$", re.MULTILINE)


class Rollout(NamedTuple):
    """A commit that let a step run another version.

    Attributes:
        what: ``ROLLBACK`` or ``PROMOTION``.
        who: its author.
        why: as the commit says.
        step: of the rollout.
        left, runs: the version before and after; `nothing` for none.
        commit: its hash.
        authored: seconds since 1970; it stays when the commit is made again on those of others.
    """

    what: str
    who: str
    why: str
    step: str
    left: str
    runs: str
    commit: str
    authored: int

    @property
    def version(self) -> str:
        """The version it is about: the one that went back, or the one that was promoted."""
        return self.left if self.what == ROLLBACK else self.runs

    @property
    def details(self) -> dict[str, object]:
        """Of the audit event."""
        return {
            "step": self.step, "version": self.version, "left": self.left, "runs": self.runs,
            "commit": self.commit, "authored": self.authored,
        }  # fmt: skip


class Rollouts:
    """What the branch tells that the journal does not; costs a few file stats while nothing changed.

    Args:
        root: of the checkout.
        settings: the section `git` of deploy/live.yaml.
    """

    def __init__(self, root: Path, settings: GitSettings) -> None:
        self._root, self._remote = root, settings.remote
        home = repository(root)
        self._refs = home / git(home, "rev-parse", "--git-common-dir")
        self._seen: list[tuple[str, int, int]] | None = None

    def untold(self, reader: JournalReader) -> list[Rollout]:
        """Promotions and rollbacks that no audit event tells of yet, oldest first.

        Raises:
            UserError: git or the journal cannot be read.
        """
        seen = self._look()
        if seen == self._seen:
            return []
        tip = read_tip(self._root, self._remote).base
        told = {_identity(event) for event in reader.events_of(ROLLBACK, PROMOTION)}
        found = _rollouts(repository(self._root), tip) if tip else []
        self._seen = seen
        return [one for one in found if (one.what, one.step, one.version, one.authored) not in told]

    def _look(self) -> list[tuple[str, int, int]]:
        files = [self._refs / "packed-refs", self._refs / "refs/heads" / BRANCH]
        files += sorted((self._refs / "refs" / BRANCH).glob("*"))
        return [(file.name, file.stat().st_ino, file.stat().st_mtime_ns) for file in files if file.exists()]


def _rollouts(home: Path, tip: str) -> list[Rollout]:
    form = "%H%x00%an <%ae>%x00%at%x00%B%x01"
    text = git(home, "log", f"--max-count={NEWEST}", "--reverse", f"--format={form}", tip, "--", STAGES_FILE.as_posix())
    found = []
    for entry in text.split("\x01"):
        commit, _, rest = entry.strip().partition("\0")
        who, _, rest = rest.partition("\0")
        authored, _, message = rest.partition("\0")
        if step := _STEP.search(message):
            why = _WHY.search(message)
            what = ROLLBACK if message.startswith("Roll back") else PROMOTION
            reason = why[1] if why else ""
            found.append(Rollout(what, who, reason, step[1], step[2], step[3], commit, int(authored)))
    return found


def _identity(event: Event) -> tuple[object, ...]:
    details = msgspec.json.decode(event.details)
    return event.what, details.get("step"), details.get("version"), details.get("authored")
