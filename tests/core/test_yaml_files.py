import os
import time
from pathlib import Path

import pytest
from dvc.utils.serialize import dumps_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.errors import UserError
from src.core.params import read_params
from src.core.yaml_files import parse_yaml, read_yaml

_STEPS = zip("abcdefgh", "bcdefghi", strict=True)
LAUGHS = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}]\n" for old, new in _STEPS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 5e-4", r"`a`: 5e-4 is the number 0.0005 to DVC .* the text '5e-4' to PyYAML .*; write \"5e-4\" or 0.0005"),
        ("a: [1, 012]", "`a.1`: 012 is the number 12 to DVC .* the number 10 to PyYAML .*; write 10 or 12"),
        ("a: 0o14", "the number 12 to DVC .* the text '0o14' to PyYAML"),
        ("a: yes", "the text 'yes' to DVC .* true to PyYAML .*; write true or \"yes\""),
        ("on: 1", "the key 'on' is not text; put it in quotes"),
        ("a: 1:30", "the text '1:30' to DVC .* the number 90 to PyYAML"),
        ("a: 5e-10", r"write \"5e-10\" or 5.0e-10"),
        ("a: +_", "is no value to DVC"),
        ("a: 2019-10-17", "2019-10-17 is a date to YAML; put it in quotes"),
        ("a: 2019-13-45", "2019-13-45 is a date to YAML"),
        ("a: " + "9" * 5000, "is a number of 5000 characters"),
        ("a: 0x" + "f" * 5000, "is a number of 5002 characters"),
        ("a: =", "has no meaning here"),
        ("<<: {a: 1}", "the key '<<' is not text"),
        ("a: !!python/name:os.system", "the tag .* has no meaning here; take it out"),
        ("%YAML 1.1\n---\na: 1", r"a directive \(%\) has no meaning here"),
        (LAUGHS, r"line 1: anchors \(&\) and aliases \(\*\) are not read here; write the value out"),
        ("1: a", "line 1.* the key '1' is not text; put it in quotes"),
        ("? [1]\n: 2", "the key 'a list or block' is not text"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' stands there twice; take one out"),
        ("a:\t1", "line 1: holds a tab; use spaces"),
        ("# x\u2028days: 30\n", r"line 1: holds the character U\+2028"),
        ("\ufeffa: 1", "holds a byte order mark"),
        ("a: \x00", "is not valid YAML: control characters are not allowed|special characters"),
        ('a: "\\ud800"', "is not valid YAML|holds a lone surrogate"),
        ("[" * 100_000, "line 1: is nested too deeply to be read"),
        ("a: 1\n---\nb: 2", "is not valid YAML: but found another document"),
        ("- a", "must be made of sections"),
        ("#" * 10_000_000, "has 10000000 bytes, more than the 1000000 that are read"),
    ],
    ids=lambda value: value[:12] if len(value) > 40 else value,
)
def test_a_hard_edge_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(UserError, match=sentence) as refused:
        read_params(tmp_path)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500
    assert time.monotonic() - began < 5


def test_what_is_no_file_of_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    with pytest.raises(UserError, match="is missing; restore it with `git checkout -- params.yaml`"):
        read_params(tmp_path)
    os.mkfifo(path)
    with pytest.raises(UserError, match="is not a regular file"):
        read_params(tmp_path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(UserError, match="is not a regular file"):
        read_params(tmp_path)
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(UserError, match="cannot be read: Too many levels of symbolic links"):
        read_params(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match="is not a regular file"):
        read_params(tmp_path)
    path.rmdir()
    path.write_bytes(b"a: \xff\xfe")
    with pytest.raises(UserError, match=r"is not UTF-8 \(byte 3\); save it as UTF-8"):
        read_params(tmp_path)


def test_a_value_that_no_type_holds_is_one_sentence_elsewhere_too() -> None:
    with pytest.raises(UserError, match="dvc.lock holds a value that cannot be read"):
        parse_yaml("a: 2019-13-45", "dvc.lock")


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789abcdef", min_size=32, max_size=32) | st.text("01e", min_size=32, max_size=32))
def test_an_md5_that_dvc_writes_is_read_as_that_text(md5: str) -> None:
    for digits in (md5, f"{md5}.dir", "0b" + md5[2:], md5[:30].replace("e", "1") + "e1"):
        assert parse_yaml(dumps_yaml({"md5": digits, "size": 7}), "dvc.lock") == {"md5": digits, "size": 7}


def test_the_committed_lock_is_read_as_dvc_reads_it() -> None:
    from dvc.utils.serialize import load_yaml

    from tests.conftest import ROOT

    for name in ("dvc.lock", "dvc.yaml", "params.yaml"):
        assert read_yaml(ROOT / name) == load_yaml(str(ROOT / name))
