import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from src.artifacts.load import ArtifactError, proven_bytes
from src.artifacts.lock import Output, locked_outputs, parse_outputs
from src.core.errors import UserError
from src.core.files import md5_of

TEXT = """\
schema: '2.0'
stages:
  ensemble:
    cmd: python -m src.stages.ensemble
    outs:
    - path: models/model.pkl
      hash: md5
      md5: 900150983cd24fb0d6963f7d28e17f72
      size: 3
"""


def test_an_output_knows_its_bytes() -> None:
    (output,) = parse_outputs(TEXT, "dvc.lock").values()
    assert (str(output.path), output.stage, output.size) == ("models/model.pkl", "ensemble", 3)
    assert output.fault(b"abc") is None
    assert output.fault(b"ab") == "is truncated: 2 of 3 bytes"
    assert "was altered: md5" in str(output.fault(b"abd"))
    assert "was altered: md5" in str(output.fault(b"abcd"))
    for other in (output.md5[:-1] + "3", "a" + output.md5[1:]):
        assert "was altered: md5" in str(replace(output, md5=other).fault(b"abc"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("900150983cd24fb0d6963f7d28e17f72", "1" * 32),  # a number in YAML
        ("900150983cd24fb0d6963f7d28e17f72", "../../../etc/passwd"),
        ("900150983cd24fb0d6963f7d28e17f72", "900150983CD24FB0D6963F7D28E17F72"),
        ("size: 3", "size: many"),
        ("  - path: models/model.pkl\n      hash", "  - hash"),
        ("stages:", "stage:"),
    ],
)
def test_a_lock_of_another_shape_is_damaged(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(UserError, match="HEAD's dvc.lock is damaged; restore it with `git checkout"):
        parse_outputs(TEXT.replace(old, new), "HEAD's dvc.lock")


def test_text_that_is_no_yaml() -> None:
    with pytest.raises(UserError, match="HEAD's dvc.lock, line 1 is not valid YAML"):
        parse_outputs("{", "HEAD's dvc.lock")


def test_an_output_is_a_value() -> None:
    (first,) = parse_outputs(TEXT, "a").values()
    assert isinstance(first, Output)
    assert parse_outputs(TEXT, "b")[first.path] == first


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "models/../../x", ".git/hooks/post-checkout", ".GIT/config", ".dvc/config", ".", ""]
)
def test_a_path_out_of_the_repository_is_refused(path: str) -> None:
    text = TEXT.replace("models/model.pkl", json.dumps(path))
    with pytest.raises(UserError, match=f"^a names the output '{re.escape(path)}', which is no file of this repos"):
        parse_outputs(text, "a")


def test_an_escape_code_in_a_path_is_not_printed() -> None:
    with pytest.raises(UserError, match=r"the output '\.\./\\\\x1b\[31m'|the output '\.\./\\x1b\[31m'") as raised:
        parse_outputs(TEXT.replace("models/model.pkl", '"../\\u001b[31m"'), "a")
    assert "\x1b" not in str(raised.value)


def test_a_folder_that_is_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "model.pkl").write_bytes(b"abc")
    (root / "dvc.lock").write_text(TEXT)
    (root / "models").symlink_to(outside)
    with pytest.raises(UserError, match=r"models/model\.pkl, an output .* leads out of the repository through a symli"):
        locked_outputs(root)
    # A link below the root, and a file that is a link as DVC makes them, are read: their md5 proves them.
    (root / "models").unlink()
    (root / "real").mkdir()
    (root / "models").symlink_to("real")
    (root / "real/model.pkl").symlink_to(outside / "model.pkl")
    (output,) = locked_outputs(root).values()
    assert output.read(root) == b"abc"


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_a_fifo_or_a_device_is_not_read(tmp_path: Path, kind: str) -> None:
    (output,) = parse_outputs(TEXT, "a").values()
    path = tmp_path / output.path
    path.parent.mkdir()
    os.mkfifo(path) if kind == "fifo" else path.symlink_to("/dev/zero")
    for read in (lambda: output.read(tmp_path), lambda: md5_of(path)):
        with pytest.raises(OSError, match="not a regular file"):
            read()
    (tmp_path / "dvc.lock").write_text(TEXT)
    with pytest.raises(ArtifactError, match=r"models/model\.pkl cannot be read \(not a regular file\)"):
        proven_bytes(tmp_path, output.path)
