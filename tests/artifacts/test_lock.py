from dataclasses import replace

import pytest

from src.artifacts.lock import Output, parse_outputs
from src.core.errors import UserError

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
