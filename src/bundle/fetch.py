"""Bring a released version into a folder: proven against git, checked, written whole or not at all."""

import os
import shutil
import tempfile
from pathlib import Path

from src.bundle.folder import RECORD, Record, check_named, dump_record, record_of
from src.bundle.loaded import PROVEN, load
from src.bundle.remote_settings import remote_settings
from src.bundle.storage import open_storage
from src.bundle.tag import ask_tag, moved, version_of_step
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import PRODUCTION_METADATA
from src.core.shown import shown_path, shown_url
from src.repository.server import git_address
from src.rollout.branch import BRANCH
from src.rollout.version import Version


def fetch(
    root: Path,
    folder: Path,
    *,
    version: str | None = None,
    step: str | None = None,
    git: str | None = None,
    branch: str = BRANCH,
    remote: str | None = None,
    commit: str | None = None,
) -> str:
    """Make ``folder`` the bundle of a version; what was done, in one sentence.

    Args:
        root: a checkout; it gives the addresses that are not given.
        folder: where; an older bundle there is replaced once the new one is proven.
        version: as v1.2.0.
        step: instead of ``version``: the one that this step of the rollout runs.
        git: the git remote that is believed, as in ``git_address``.
        branch: of that remote, with stages.yaml.
        remote: gs://… or a folder; None for that of `.dvc/config.local` or `.dvc/config`.
        commit: that the tag must name; None: whichever it names.

    Raises:
        UserError: naming what is missing, altered, unproven or not allowed; the folder is as it was.
    """
    if (version is None) == (step is None):
        raise UserError("name either a version or a step, as in VERSION=v1.2.0 or STEP=paper.")
    address = git_address(root, git)
    wanted = version_of_step(address, step, branch) if step is not None else Version.parse(version)
    tagged = ask_tag(address, wanted)
    if commit is not None and tagged.commit != commit:
        raise UserError(moved(wanted.tag, tagged.commit, commit))
    settings = remote_settings(root, remote)
    storage = open_storage(settings)
    contents = {PRODUCTION_METADATA.name: tagged.metadata}
    for name, output in tagged.graphs.items():
        contents[name] = storage.read(output)
        check_named(output, contents[name], f"{name} of {wanted} in {shown_url(settings['url'])}", "push it again")
    # What cannot be run must not take the place of what can.
    load(contents, str(wanted), PROVEN, "", Path(str(wanted)), released=True)
    record = Record(
        str(wanted),
        wanted.tag,
        tagged.commit,
        shown_url(address),
        {name: record_of(contents[name], output.md5) for name, output in tagged.graphs.items()},
        record_of(tagged.metadata),
    )
    # The record last: until it is there, a reader finds files that are not those it names, and loads nothing.
    _write(folder, contents | {RECORD: dump_record(record)})
    return f"{shown_path(folder)} holds {wanted}, proven: {shown_url(address)} names its md5s at {tagged.commit[:12]}"


def _write(folder: Path, contents: dict[str, bytes]) -> None:
    """Write every file beside its place, then move them there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder))
    except OSError as error:
        raise UserError(f"{shown_path(folder)} cannot be made ({error.strerror}); choose another DIR.") from None
    try:
        for name, content in contents.items():
            if (folder / name).is_dir():
                raise UserError(f"{shown_path(folder / name)} is a folder; remove it, then try again.")
            write_bytes(temporary / name, content)
        for name in contents:
            os.replace(temporary / name, folder / name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
