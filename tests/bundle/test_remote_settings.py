"""The light reader of `.dvc/config` beside the library that DVC reads and writes it with."""

from pathlib import Path

import pytest
from configobj import ConfigObj
from hypothesis import given
from hypothesis import strategies as st

from src.bundle.remote_settings import remote_settings
from src.core.errors import UserError
from src.store.remote import use_bucket

printable = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=30)


def config(root: Path, text: str, name: str = "config") -> Path:
    (root / ".dvc").mkdir(exist_ok=True)
    (root / ".dvc" / name).write_text(text, encoding="utf-8")
    return root


def test_the_local_settings_stand_over_the_committed_ones(tmp_path) -> None:
    config(tmp_path, "[core]\n    remote = gcs\n['remote \"gcs\"']\n    url = gs://a/b\n    verify = true\n")
    assert remote_settings(tmp_path, None) == {"url": "gs://a/b", "verify": "true"}
    config(tmp_path, "[cache]\nurl = no\n['remote \"gcs\"']  # here\nurl = '/a #b'  # a folder\n", "config.local")
    assert remote_settings(tmp_path, None) == {"url": "/a #b", "verify": "true"}
    assert remote_settings(tmp_path, "gs://c")["url"] == "gs://c"
    assert remote_settings(tmp_path, "c")["url"] == str(Path.cwd() / "c")
    config(tmp_path, "['remote \"gcs\"']\nurl = ../../folder\n", "config.local")
    assert remote_settings(tmp_path, None)["url"] == str(tmp_path.parent / "folder")


def test_what_another_command_wrote_is_read(tmp_path) -> None:
    (tmp_path / ".dvc").mkdir()
    use_bucket(tmp_path, "gs://bucket/売買, 1")
    assert remote_settings(tmp_path, None) == {"url": "gs://bucket/売買, 1", "verify": "true"}


@given(printable)
def test_every_value_that_configobj_writes(tmp_path_factory, value: str) -> None:
    value = value.strip() or "x"
    root = tmp_path_factory.mktemp("config")
    (root / ".dvc").mkdir()
    content = ConfigObj(encoding="utf-8", interpolation=False)
    content['remote "gcs"'] = {"url": "gs://bucket", "credentialpath": value}
    try:
        lines = content.write()
    except Exception:  # both kinds of three quotes
        return
    config(root, b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines).decode())
    assert remote_settings(root, None)["credentialpath"] == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no remote `gcs`"),
        ("['remote \"other\"']\nurl = gs://a\n", "no remote `gcs`"),
        ("['remote \"gcs\"']\nurl = gs://your-bucket-name/x\n", r"gs://your-bucket-name/x is a placeholder\); name it"),
        ("['remote \"gcs\"']\nurl\n", r"\.dvc/config is broken \(line 2\)"),
        ("['remote \"gcs\"']\nurl = 'a' secret\n", r"\.dvc/config is broken \(line 2\); correct it\.$"),
        ("['remote \"gcs\"']\nurl = '''a\n", r"\.dvc/config is broken \(line 2\)"),
    ],
)
def test_no_remote_or_a_broken_line(tmp_path, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        remote_settings(config(tmp_path, text), None)
