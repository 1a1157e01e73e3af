import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from msgspec import Meta, Struct

from src.core.errors import UserError
from src.core.yaml_files import parse_yaml, read_yaml
from src.live.settings import FILE, LiveSettings, read_settings, settings_of
from tests.conftest import ROOT


def test_the_file_says_every_default() -> None:
    """So that it is the manual of every key."""
    assert read_settings(ROOT) == LiveSettings()
    written = read_yaml(ROOT / FILE)
    assert set(written) == set(LiveSettings.__struct_fields__)
    for name, section in written.items():
        assert set(section) == set(getattr(LiveSettings(), name).__struct_fields__), name


def test_in_a_container_a_variable_names_the_git_remote(monkeypatch) -> None:
    monkeypatch.setenv("GIT_REMOTE", "https://example.org/r.git")
    assert read_settings(ROOT).git.remote == "https://example.org/r.git"
    monkeypatch.setenv("GIT_REMOTE", "")
    assert read_settings(ROOT) == LiveSettings()


def leaves(kind: type[Struct], keys: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every key with its annotation."""
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if isinstance(hint, type) and issubclass(hint, Struct):
            found |= leaves(hint, (*keys, name))
        else:
            found[".".join((*keys, name))] = hint
    return found


def test_every_key_says_what_it_must_be_and_the_file_gives_the_same_bounds() -> None:
    text = (ROOT / FILE).read_text(encoding="utf-8")
    for key, hint in leaves(LiveSettings).items():
        told = [meta.description for meta in get_args(hint) if isinstance(meta, Meta)]
        assert told, key
        assert told[0], key
        for bounds in re.findall(r"[\[(]\d+, \d+[\])]", told[0]):
            assert bounds in text, key


def test_every_word_can_be_written_without_quotes() -> None:
    """To a reader of YAML 1.1 `off`, `on`, `yes` and `no` are true or false."""
    words = {
        word
        for hint in leaves(LiveSettings).values()
        for kind in (hint, *get_args(hint))
        if get_origin(kind) is Literal
        for word in get_args(kind)
    }
    assert {"abstain", "losses", "never"} <= words
    for word in words:
        assert parse_yaml(word, "live.yaml") == word


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"guard": {"x": 1}}, "`guard.x` is not a key there (known are contiguous, overdue, outside)"),
        ({"gaurd": {}}, "`gaurd` is not a key there (known are exchange, guard, git"),
        ({"guard": {"contiguous": "4"}}, "must be a whole number of candles in [1, 100000] (found '4')"),
        ({"guard": {"contiguous": 0}}, "`guard.contiguous` must be a whole number of candles in [1, 100000] (found 0)"),
        ({"guard": {"contiguous": 4.0}}, "`guard.contiguous` must be a whole number of candles"),
        ({"guard": {"contiguous": True}}, "`guard.contiguous` must be a whole number of candles"),
        ({"guard": {"contiguous": None}}, "`guard.contiguous` must be a whole number of candles"),
        ({"guard": {"overdue": -1}}, "`guard.overdue` must be a number of seconds in [0, 86400] (found -1)"),
        ({"guard": {"overdue": float("nan")}}, "`guard.overdue` must be a finite number"),
        ({"guard": {"outside": "no"}}, "`guard.outside` must be abstain or tell (found 'no')"),
        ({"guard": None}, "`guard` must be a block of keys (found None)"),
        ({"exchange": {"id": ""}}, "`exchange.id` must be a text of 1 to 200 characters (found '')"),
        ({"exchange": {"timeout": 0}}, "`exchange.timeout` must be a number of seconds in (0, 3600] (found 0)"),
        ({"exchange": {"attempts": 101}}, "`exchange.attempts` must be a whole number in [1, 100] (found 101)"),
        ({"exchange": {"settings": []}}, "`exchange.settings` must be a block of settings of ccxt (found [])"),
        ({"exchange": {"settings": {"a": [1, float("inf")]}}}, "`exchange.settings.a.1` must be a finite number"),
        ({"git": {"remote": 5}}, "`git.remote` must be a text of 1 to 200 characters (found 5)"),
        ([1], "the file must be a block of sections (found [1])"),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_one_sentence(content: Any, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        settings_of(content, "live.yaml")
    told = str(refused.value)
    assert told.startswith("live.yaml: ")
    assert sentence in told
    assert told.endswith("; correct it there.")


def test_what_is_not_said_has_its_default() -> None:
    assert settings_of(None, "x") == settings_of({"guard": {}}, "x") == LiveSettings()
    assert settings_of({"exchange": {"timeout": 5}}, "x").exchange.timeout == 5.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "is missing"),
        ("guard: {a: &x 1}", "anchors"),
        ("guard: [", "is not valid YAML"),
        ("a: 1\na: 2\n", "twice"),
    ],
)
def test_a_file_that_is_no_plain_yaml_is_refused(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / "deploy").mkdir()
        (tmp_path / FILE).write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_settings(tmp_path)
