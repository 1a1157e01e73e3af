import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.params import IngestParams
from src.candles.readers.files import read_candle_file
from src.candles.readers.local import read_csv, read_snapshot
from src.candles.rows import Rows
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.names import CANDLE_COLUMNS
from tests.candles.readers.encodings import csv_of


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(root: Path, **ingest: object) -> Rows:
    params = IngestParams.model_validate({"source": "csv", "path": "x.csv", "timeframe": "1h"} | ingest)
    return read_csv(params, root, root / "cache")


@pytest.fixture
def halves(candles: pd.DataFrame) -> list[bytes]:
    return [csv_of(candles.iloc[:6]), csv_of(candles.iloc[6:])]


def test_a_folder_is_read_whole(tmp_path: Path, halves: list[bytes], candles: pd.DataFrame) -> None:
    for name, content in zip(["b.csv", "sub/a.csv"], halves, strict=True):
        write_bytes(tmp_path / "days" / name, content)
    write_bytes(tmp_path / "days/.DS_Store", b"no candles")
    rows = read(tmp_path, path="days")
    assert_frame_equal(rows.frame[list(CANDLE_COLUMNS)], candles)
    assert [part.name for part in rows.parts] == ["b.csv", "sub/a.csv"]
    assert rows.place(7) == "sub/a.csv line 3"


@pytest.mark.parametrize("target", ["nowhere.csv", "../elsewhere", "wrong.csv"])
def test_a_link_in_a_folder_leads_to_a_file_or_is_refused(tmp_path: Path, halves: list[bytes], target: str) -> None:
    write_bytes(tmp_path / "days/a.csv", halves[0])
    write_bytes(tmp_path / "elsewhere/b.csv", halves[1])
    (tmp_path / "days/right.csv").symlink_to("../elsewhere/b.csv")
    assert len(read(tmp_path, path="days").parts) == 2
    (tmp_path / "days/wrong.csv").symlink_to(target)
    with pytest.raises(UserError, match=r"days/wrong.csv is neither a file nor a link to one"):
        read(tmp_path, path="days")


def test_a_folder_with_a_part_that_cannot_be_read_is_refused(
    tmp_path: Path, halves: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bytes(tmp_path / "days/a.csv", halves[0])
    write_bytes(tmp_path / "days/locked/b.csv", halves[1])
    scandir = os.scandir

    def locked(folder: str) -> Iterator[os.DirEntry[str]]:
        if str(folder).endswith("locked"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return scandir(folder)

    # Not by chmod: the superuser reads everything.
    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(UserError, match=r"days/locked cannot be read \(Permission denied\)"):
        read(tmp_path, path="days")


@pytest.mark.parametrize("path", ["x" * 300, "x/" * 3000, "x\0y"])
def test_a_path_that_no_file_can_have_is_one_sentence(tmp_path: Path, path: str) -> None:
    with pytest.raises(UserError, match=r"cannot be read \(.*`ingest.path`"):
        read_candle_file(tmp_path / path)


def test_a_name_that_is_too_long_in_params_is_one_sentence(tmp_path: Path) -> None:
    # The longer path and the NUL are refused with the settings.
    path = "x" * 300
    with pytest.raises(UserError, match=r"cannot be read \(.*`ingest.path`"):
        read(tmp_path, path=path)
    with pytest.raises(UserError, match=r"cannot be read \(.*`ingest.files`"):
        read(tmp_path, files=[{"path": path, "sha256": "0" * 64}])
    snapshot = IngestParams.model_validate({"source": "snapshot", "path": path, "timeframe": "1h"})
    with pytest.raises(UserError, match=r"cannot be read \("):
        read_snapshot(snapshot, tmp_path)


def test_a_missing_listed_file_is_named_by_its_key(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere.csv does not exist; set `ingest.files`"):
        read(tmp_path, files=[{"path": "nowhere.csv", "sha256": "0" * 64}])


@pytest.mark.parametrize("path", ["days", "x.csv"])
def test_an_empty_folder_and_a_missing_file_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "days").mkdir()
    with pytest.raises(UserError, match=r"is an empty folder|does not exist; set `ingest.path`"):
        read(tmp_path, path=path)


def test_listed_files_are_proven_by_their_sha256(tmp_path: Path, halves: list[bytes], candles: pd.DataFrame) -> None:
    files = []
    for name, content in zip(["a.csv", "b.csv"], halves, strict=True):
        write_bytes(tmp_path / name, content)
        files.append({"path": name, "sha256": sha256(content)})
    assert_frame_equal(read(tmp_path, files=files).frame[list(CANDLE_COLUMNS)], candles)
    write_bytes(tmp_path / "b.csv", halves[1].replace(b"109.0", b"109.5"))
    with pytest.raises(
        UserError, match=f"b.csv has sha256 [0-9a-f]{{64}}, but `ingest.files` names {sha256(halves[1])}"
    ):
        read(tmp_path, files=files)


def test_a_url_is_fetched_once_proven_and_kept(tmp_path: Path, candles: pd.DataFrame) -> None:
    content = csv_of(candles)
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/a.csv", content)
    files = [{"path": "memory://bucket/a.csv", "sha256": sha256(content)}]
    assert_frame_equal(read(tmp_path, files=files).frame[list(CANDLE_COLUMNS)], candles)
    memory.rm("/bucket/a.csv")
    assert_frame_equal(read(tmp_path, files=files).frame[list(CANDLE_COLUMNS)], candles)
    kept = tmp_path / "cache/downloads" / sha256(content)
    kept.write_bytes(content[:-1])
    with pytest.raises(UserError, match="memory://bucket/a.csv cannot be fetched .FileNotFoundError"):
        read(tmp_path, files=files)


def test_other_bytes_at_a_url_are_refused_and_not_kept(tmp_path: Path, candles: pd.DataFrame) -> None:
    fsspec.filesystem("memory").pipe("/bucket/b.csv", b"<html>")
    with pytest.raises(UserError, match="memory://bucket/b.csv has sha256"):
        read(tmp_path, files=[{"path": "memory://bucket/b.csv", "sha256": "0" * 64}])
    assert not (tmp_path / "cache").exists()


def test_a_storage_that_is_not_installed_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nosuch://x/a.csv cannot be fetched"):
        read(tmp_path, files=[{"path": "nosuch://x/a.csv", "sha256": "0" * 64}])


def test_the_snapshot_is_read_only_with_its_provenance(tmp_path: Path) -> None:
    params = IngestParams.model_validate({"source": "snapshot", "path": "x.csv", "timeframe": "1h"})
    with pytest.raises(UserError, match="has no provenance file x.provenance.json"):
        read_snapshot(params, tmp_path)


SECRET = "hunter2"
SIGNED = "deadbeef"


@pytest.mark.parametrize("scheme", ["https", "ftp", "s3", "ssh", "smb"])
def test_passwords_and_signatures_stand_in_no_sentence(tmp_path: Path, scheme: str) -> None:
    url = f"{scheme}://bob:{SECRET}@127.0.0.1:9/a.csv?X-Amz-Signature={SIGNED}#{SIGNED}"
    with pytest.raises(UserError, match=r"://…@127.0.0.1:9/a.csv\?… cannot be (fetched|opened)") as refused:
        read(tmp_path, files=[{"path": url, "sha256": "0" * 64}])
    assert SECRET not in str(refused.value)
    assert SIGNED not in str(refused.value)


def test_what_a_storage_says_is_told_without_its_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"https://bob:hunter%32@h/a.csv?sig={SIGNED}"

    def fail(address: str, mode: str) -> None:
        raise OSError(f"403 for {address}: bob with hunter2 and {SIGNED}\nmore")

    monkeypatch.setattr(fsspec, "open", fail)
    with pytest.raises(UserError, match=r"\(OSError: 403 for https://") as refused:
        read(tmp_path, files=[{"path": url, "sha256": "0" * 64}])
    assert not [word for word in (SECRET, SIGNED, "hunter%32", "\n") if word in str(refused.value)]


def test_the_report_names_a_signed_address_by_its_file_alone(tmp_path: Path, candles: pd.DataFrame) -> None:
    content = csv_of(candles)
    fsspec.filesystem("memory").pipe(f"/bucket/c.csv?sig={SIGNED}", content)
    rows = read(tmp_path, files=[{"path": f"memory://bucket/c.csv?sig={SIGNED}", "sha256": sha256(content)}])
    assert [part.name for part in rows.parts] == ["c.csv"]
