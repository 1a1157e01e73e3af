"""A bundle: a folder with a version's graphs, its metadata and what proved them. Opened, it is a ``Loaded``."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from src.artifacts.lock import Output
from src.bundle.files import LARGEST_DOCUMENT, read_file
from src.bundle.loaded import GRAPHS, PROVEN, UNALTERED, Loaded, load
from src.bundle.operators import LARGEST
from src.bundle.tag import Tagged, ask_tag, moved
from src.core.errors import UserError
from src.core.paths import PRODUCTION_METADATA, ROOT
from src.core.shown import shown_path
from src.repository.git import outputs_at
from src.repository.server import Unreachable, git_address
from src.rollout.version import Version

RECORD = "bundle.json"
# A bot's machine has no pipeline: there a fetched version takes the place of the checkout's graph.
ABSENT = "run `make pull` or `make repro`, or name or promote a fetched version (docs/live.md)"


class FileRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle: its md5 as dvc.lock names it (None for one that git itself holds), sha256 and bytes."""

    sha256: str
    size: int
    md5: str | None = None


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of bundle.json: what proved the files when they were fetched.

    Attributes:
        version: as v1.2.0.
        tag: the release tag that was asked for.
        commit: what it named then, 40 hex digits.
        git: the git remote that was asked, without any password.
        graphs: by file name.
        metadata: of production_model_metadata.json.
    """

    version: str
    tag: str
    commit: str
    git: str
    graphs: dict[str, FileRecord]
    metadata: FileRecord


def open_bundle(folder: Path, *, git: str | None = None, offline: bool = False) -> Loaded:
    """The version in ``folder``, if it is the released one.

    Every file is read once, and what was read is what is run.

    Args:
        folder: made by `make fetch`.
        git: the git remote to ask, as in ``git_address``; None for `origin` of the checkout that this code lies in.
        offline: ask nobody: the files need only be those that were fetched. Takes milliseconds.

    Raises:
        UserError: a file is missing or altered; the git remote answers and its tag is gone, names another commit or
            other bytes; or as in ``loaded.load``.
    """
    record, contents = read_bundle(folder)
    version = Version.parse(record.version)
    proof, reason = UNALTERED, "nobody was asked"
    if not offline:
        try:
            _check_tagged(ask_tag(git_address(ROOT, git), version), record, contents, folder)
            proof, reason = PROVEN, ""
        except Unreachable as error:
            reason = str(error)
    return load(contents, str(version), proof, reason, folder, released=True)


def read_bundle(folder: Path) -> tuple[Record, dict[str, bytes]]:
    """What bundle.json in ``folder`` says, and the files by name, which are those that were fetched.

    Raises:
        UserError: a file is missing or altered.
    """
    record = read_record(folder)
    recorded = {**record.graphs, PRODUCTION_METADATA.name: record.metadata}
    return record, {name: _read(folder / name, entry) for name, entry in recorded.items()}


def open_checkout(root: Path) -> Loaded:
    """The graphs of the checkout ``root``, which must be those that HEAD's dvc.lock names.

    Raises:
        UserError: a file is missing, or other bytes than HEAD's dvc.lock names; or as in ``loaded.load``.
    """
    outputs = outputs_at(root, "HEAD")
    contents = {}
    for path in (*GRAPHS, PRODUCTION_METADATA):
        if path not in outputs:
            raise UserError(f"HEAD's dvc.lock names no {path.name}; run `make repro` and commit.")
        contents[path.name] = read_file(root / path, LARGEST, ABSENT)
        check_named(outputs[path], contents[path.name], shown_path(path), "run `make pull`, or `make repro` and commit")
    return load(contents, "checkout", PROVEN, "", root / GRAPHS[0].parent, released=False)


def check_named(output: Output, content: bytes, where: str, remedy: str) -> None:
    """Refuse bytes that are not those of an output in dvc.lock.

    Raises:
        UserError: naming what differs, and ``remedy``.
    """
    if fault := output.fault(content):
        raise UserError(f"{where} {fault}; {remedy}.")


def read_record(folder: Path) -> Record:
    """The content of bundle.json in ``folder``.

    Raises:
        UserError: there is none, or it is not one that `make fetch` writes.
    """
    path = folder / RECORD
    try:
        record = msgspec.json.decode(read_file(path, LARGEST_DOCUMENT), type=Record)
    except msgspec.MsgspecError as error:
        raise UserError(f"{shown_path(path)} is not what `make fetch` writes ({error}); fetch it again.") from None
    if set(record.graphs) != {path.name for path in GRAPHS} or record.tag != Version.parse(record.version).tag:
        raise UserError(f"{shown_path(path)} is not what `make fetch` writes; fetch it again.")
    return record


def record_of(content: bytes, md5: str | None = None) -> FileRecord:
    """What bundle.json says of a file with ``content``."""
    return FileRecord(hashlib.sha256(content).hexdigest(), len(content), md5)


def dump_record(record: Record) -> bytes:
    """The bytes of bundle.json."""
    document: Any = msgspec.to_builtins(record)
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _check_tagged(tagged: Tagged, record: Record, contents: dict[str, bytes], folder: Path) -> None:
    if tagged.commit != record.commit:
        raise UserError(moved(record.tag, tagged.commit, record.commit))
    for name, output in tagged.graphs.items():
        check_named(output, contents[name], shown_path(folder / name), "fetch it again")
    if tagged.metadata != contents[PRODUCTION_METADATA.name]:
        raise UserError(f"{shown_path(folder / PRODUCTION_METADATA.name)} is not that of {record.tag}; fetch it again.")


def _read(path: Path, entry: FileRecord) -> bytes:
    content = read_file(path, LARGEST)
    if record_of(content, entry.md5) != entry:
        raise UserError(f"{shown_path(path)} was altered since it was fetched; fetch it again.")
    return content
