"""Judge and act: a step whose version fails goes back, by the code of `make rollback`, in the judge's own name."""

import os
import shlex
import time
from collections.abc import Callable
from pathlib import Path

from src.core.errors import UserError
from src.core.paths import SIGNAL_GRAPH
from src.live.audit.heads import commit_head, head_lines
from src.live.journal.lock import alone
from src.live.journal.reader import JournalReader
from src.live.judge.judgement import Judgement, judgements
from src.live.running.halt import HALT, ask
from src.live.settings import LiveSettings
from src.repository.git import outputs_at
from src.rollout.branch import Identity, read_tip, repository
from src.rollout.commits import Done, commit, deployments_at
from src.rollout.failed import failed_at
from src.rollout.rollback import rollback
from src.rollout.version import Version, tag_exists

WHO = "judge"


def look(root: Path, settings: LiveSettings) -> list[Judgement]:
    """What both loops say of each step, by what is known here; asks no server and changes nothing.

    Raises:
        UserError: the journal or the branch `rollout` cannot be read.
    """
    tip = read_tip(root, settings.git.remote)
    with JournalReader(root / settings.journal.path) as reader:
        return judgements(
            reader, deployments_at(tip), failed_at(tip), settings.judge, lambda version: _released_md5(root, version)
        )


def judge(root: Path, settings: LiveSettings, say: Callable[[str], None]) -> list[Done]:
    """Roll back what fails; what was done.

    Killed at any moment and run again it ends right: what an earlier run committed and did not publish is published
    first, and a step that went back already stays.

    Raises:
        UserError: as ``look``, or a rollback that cannot be made.
    """
    with alone(_lock(root / settings.journal.path)):
        _use_key(root, settings.judge.key_file)
        identity = Identity(settings.judge.name, settings.judge.email)
        # Learns what others did, and publishes what is not published yet.
        begun = commit(root, lambda _: Done("nothing new"), remote=settings.git.remote, identity=identity, offline=True)
        done = [begun] if begun.unpublished else []
        for found in look(root, settings):
            if found.why is not None:
                done += _acted(root, settings, found, identity, say)
        # A rollback must not wait for it.
        with JournalReader(root / settings.journal.path) as reader:
            kept = commit_head(root, settings.git.remote, reader, identity)
    return [*done, kept] if kept.unpublished else done


def _acted(
    root: Path, settings: LiveSettings, found: Judgement, identity: Identity, say: Callable[[str], None]
) -> list[Done]:
    if found.other is None:
        # Nothing to go back to. What answers in another's name must have no stake; else no answer does no harm.
        if found.kind == "bytes":
            say(ask(root / settings.journal.path, HALT, WHO, str(found.why), time.time()))
        say(f"{found.sentence}; nothing that did not fail ran before")
        return []
    bad = Version.parse(found.version)
    done = rollback(
        root,
        found.step,
        str(found.why),
        bad=bad,
        failed=True,
        identity=identity,
        remote=settings.git.remote,
        lines=head_lines(root / settings.journal.path),
    )
    say(f"judge: {done} ({found.why})")
    return [done]


def _released_md5(root: Path, version: str) -> str | None:
    """Of the graph from candles, as the release tag names it; None where the tag is not here."""
    parsed = Version.parse(version)
    if not tag_exists(repository(root), parsed):
        return None
    try:
        output = outputs_at(repository(root), parsed.tag).get(SIGNAL_GRAPH)
    except UserError:
        return None
    return output.md5 if output else None


def _use_key(root: Path, key_file: str | None) -> None:
    """Let git push with the judge's key, in this process alone.

    Raises:
        UserError: it is not there.
    """
    if key_file is None:
        return
    path = root / key_file
    if not path.is_file():
        raise UserError(f"the judge's key {path} is missing; put it there, or set `judge.key_file`.")
    os.environ["GIT_SSH_COMMAND"] = f"ssh -i {shlex.quote(str(path))} -o IdentitiesOnly=yes -o BatchMode=yes"


def _lock(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.judge.lock")
