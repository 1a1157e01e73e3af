"""Change one value of params.yaml and leave every other character alone."""

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
    changed = _with_line(text, key, written) if isinstance(ingest, dict) and key in ingest else text
    value = parse_yaml(written, f"ingest.{key}")
    if not isinstance(ingest, dict) or _plain(changed) != before | {"ingest": ingest | {key: value}}:
        raise UserError(f"{path}: `ingest.{key}` is not on a line of its own; write it as `  {key}: null`.")
    write_bytes(path, changed.encode())


def _with_line(text: str, key: str, written: str) -> str:
    # ruamel.yaml, because it tells where a key stands.
    number, column = YAML().load(text)["ingest"].lc.key(key)
    lines = text.splitlines(keepends=True)
    _, mark, comment = lines[number][column:].rstrip("\n").partition(" #")
    lines[number] = f"{lines[number][:column]}{key}: {written}{' ' if mark else ''}{mark}{comment}\n"
    return "".join(lines)


def _plain(text: str) -> dict[str, Any]:
    try:
        return parse_params(text, "params.yaml")
    except UserError:
        return {}
