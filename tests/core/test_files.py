import errno
import hashlib
import os

import pandas as pd
import pytest

from src.core import files
from src.core.errors import UserError


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch) -> None:
    path = tmp_path / "model.pkl"
    files.write_bytes(path, b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(UserError, match="cannot be written .disk full"):
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, ": make room, or lift the limit, and run it again."),
        (errno.EACCES, ": make its folder writable, and run it again."),
        (errno.EISDIR, ": remove what is in the way, and run it again."),
        (errno.EIO, ": run it again."),
    ],
)
def test_each_reason_of_a_failed_write_has_its_remedy(tmp_path, monkeypatch, number: int, remedy: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(UserError, match=f"{os.strerror(number)}; 3 bytes.; what stood there is as it was{remedy}$"):
        files.write_bytes(tmp_path / "x", b"new")


def test_what_is_in_the_way_of_a_write_is_told(tmp_path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "x", tmp_path / "file/y", tmp_path / "file/y/z"):
        with pytest.raises(UserError, match="as it was: remove what is in the way, and run it again"):
            files.write_bytes(path, b"new")


def test_folders_are_made_and_others_may_read(tmp_path) -> None:
    path = tmp_path / "deep" / "er" / "x.json"
    files.write_json(path, {"ü": 1})
    assert path.read_bytes() == '{\n  "ü": 1\n}\n'.encode()
    assert path.stat().st_mode & 0o777 == 0o644


def test_nan_is_no_json(tmp_path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        files.write_json(tmp_path / "x.json", {"skill": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_the_same_table_is_the_same_bytes(tmp_path) -> None:
    frame = pd.DataFrame({"t": pd.to_datetime(["2020-01-01"], utc=True), "x": [0.1]})
    for name in ("a", "b"):
        files.write_parquet(tmp_path / f"{name}.parquet", frame.copy())
        files.write_csv(tmp_path / f"{name}.csv", frame.copy())
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), frame)


def test_md5_is_dvc_s(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 1_000_000)
    assert files.md5_of(path) == hashlib.md5(b"abc" * 1_000_000).hexdigest()
