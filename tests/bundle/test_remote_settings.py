"""The settings of the remote without DVC."""

from pathlib import Path

import pytest

from src.bundle.remote_settings import remote_settings
from src.core.errors import UserError
from src.store.remote import use_bucket


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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no remote `gcs`"),
        ("['remote \"other\"']\nurl = gs://a\n", "no remote `gcs`"),
        ("['remote \"gcs\"']\nurl = gs://your-bucket-name/x\n", r"gs://your-bucket-name/x is a placeholder\); name it"),
        ("['remote \"gcs\"']\nurl\n", r"\.dvc/config is broken \(line 2\)"),
        ("['remote \"gcs\"']\nurl = 'a' secret\n", r"\.dvc/config is broken \(line 2\); correct it or remove it\.$"),
        ("['remote \"gcs\"']\nurl = '''a\n", r"\.dvc/config is broken \(line 2\)"),
    ],
)
def test_no_remote_or_a_broken_line(tmp_path, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        remote_settings(config(tmp_path, text), None)


def test_in_a_container_a_variable_names_the_objects(tmp_path, monkeypatch) -> None:
    config(tmp_path, "['remote \"gcs\"']\nurl = gs://your-bucket-name/x\nverify = true\n")
    monkeypatch.setenv("OBJECTS_URL", "gs://a/b")
    assert remote_settings(tmp_path, None) == {"url": "gs://a/b", "verify": "true"}
    assert remote_settings(tmp_path, "gs://c")["url"] == "gs://c"
