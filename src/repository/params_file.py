"""Change values of params.yaml and leave every other character alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.params import LARGEST, parse_params
from src.core.yaml_files import parse_yaml, read_text


def set_ingest_value(path: Path, key: str, written: str) -> None:
    """Write ``written``, the YAML of a plain value, as `ingest.<key>` into the file ``path``.

    Raises:
        UserError: the file is missing or not YAML, or the key is not on a line of its own.
    """
    text = read_text(path, LARGEST)
    before = parse_params(text, path)
    ingest = before.get("ingest")
    changed = (
        _with_value(text, ["ingest"], key, written, known=True) if isinstance(ingest, dict) and key in ingest else text
    )
    value = parse_yaml(written, f"ingest.{key}")
    if not isinstance(ingest, dict) or _plain(changed) != before | {"ingest": ingest | {key: value}}:
        raise UserError(f"{path}: `ingest.{key}` is not on a line of its own; write it as `  {key}: null`.")
    write_bytes(path, changed.encode())


def set_values(path: Path, values: Mapping[str, Any]) -> None:
    """Write ``values``, plain numbers and lists of texts, by their keys (dots descend) into the file ``path``.

    A key that is not there comes after the first line of its block.

    Raises:
        UserError: the file is missing or not YAML, or a key is not on a line of its own; nothing is written then.
    """
    text = read_text(path, LARGEST)
    expected = parse_params(text, path)
    for key, value in values.items():
        *parents, name = key.split(".")
        block = expected
        for parent in parents:
            block = block.get(parent, {}) if isinstance(block, dict) else {}
        if not isinstance(block, dict) or not block:
            raise UserError(f"{path}: there is no block `{'.'.join(parents)}`; restore it with `git checkout`.")
        text = _with_value(text, parents, name, json.dumps(value, ensure_ascii=False), name in block)
        block[name] = value
        if _plain(text) != expected:
            raise UserError(f"{path}: `{key}` is not on a line of its own; write it as `{name}: {value}`.")
    write_bytes(path, text.encode())


def _with_value(text: str, parents: list[str], name: str, written: str, known: bool) -> str:
    # ruamel.yaml, because it tells where a key stands.
    block = YAML().load(text)
    for parent in parents:
        block = block[parent]
    number, column = block.lc.key(name if known else next(iter(block)))
    lines = text.splitlines(keepends=True)
    if not known:
        lines.insert(number + 1, f"{' ' * column}{name}: {written}\n")
        return "".join(lines)
    _, mark, comment = lines[number][column:].rstrip("\n").partition(" #")
    lines[number] = f"{lines[number][:column]}{name}: {written}{' ' if mark else ''}{mark}{comment}\n"
    return "".join(lines)


def _plain(text: str) -> dict[str, Any]:
    try:
        return parse_params(text, "params.yaml")
    except UserError:
        return {}
