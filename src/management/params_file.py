"""Change one value of params.yaml and leave every other character alone."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.params import read_yaml


def set_ingest_value(path: Path, key: str, written: str) -> None:
    """Write ``written``, the YAML of a plain value, as `ingest.<key>` into the file ``path``.

    Raises:
        UserError: the file is missing or not YAML, or the key is not on a line of its own.
    """
    before = read_yaml(path)
    text = path.read_text(encoding="utf-8")
    ingest = before.get("ingest") if isinstance(before, dict) else None
    changed = _with_line(text, key, written) if isinstance(ingest, dict) and key in ingest else text
    value = YAML(typ="safe", pure=True).load(written)
    if not isinstance(ingest, dict) or _plain(changed) != before | {"ingest": ingest | {key: value}}:
        raise UserError(f"{path}: `ingest.{key}` is not on a line of its own; write it as `  {key}: null`.")
    write_bytes(path, changed.encode())


def _with_line(text: str, key: str, written: str) -> str:
    number, column = YAML().load(text)["ingest"].lc.key(key)
    lines = text.splitlines(keepends=True)
    _, mark, comment = lines[number][column:].rstrip("\n").partition(" #")
    lines[number] = f"{lines[number][:column]}{key}: {written}{' ' if mark else ''}{mark}{comment}\n"
    return "".join(lines)


def _plain(text: str) -> dict[str, Any]:
    try:
        content = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return {}
    return content if isinstance(content, dict) else {}
