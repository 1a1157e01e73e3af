"""Refuse what two readers of params.yaml would read differently: DVC reads YAML 1.2, PyYAML reads YAML 1.1.

`5e-4` is a number for DVC and text for PyYAML, `012` is 12 and 10, `yes` is text and true.
"""

import math
import re
from typing import Any

import yaml

from src.core.errors import UserError
from src.core.yaml_files import LOADER, Node, Place, place_of, walk

# Digits; a longer number is a mistake, and Python refuses to print thousands of them.
LONGEST_NUMBER = 40
# What one of the two takes for a line end, a separator or nothing at all.
_DISPUTED = {
    "\t": "a tab; use spaces",
    "\x85": "the character U+0085, a line end for some readers; take it out",
    "\u2028": "the character U+2028, a line end for some readers; take it out",
    "\u2029": "the character U+2029, a line end for some readers; take it out",
    "\ufeff": "a byte order mark (U+FEFF); save the file as UTF-8 without one",
}
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_TAG}{name}" for name in ("null", "bool", "int", "float", "str", "map", "seq")}
_NOTHING = object()

# As ruamel.yaml, which DVC reads with, resolves plain scalars in YAML 1.2.
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_NULL = re.compile(r"~|null|Null|NULL|")
_INT = re.compile(r"(?![_])(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)")
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def check_characters(text: str, where: Place) -> None:
    """Refuse characters that separate for one reader and not for the other.

    Raises:
        UserError: naming the line.
    """
    for character, what in _DISPUTED.items():
        before, found, _ = text.partition(character)
        if found:
            line = before.count("\n") + 1
            raise UserError(f"{where}, line {line}: holds {what}.")


def check_readings(root: Node | None, where: Place) -> None:
    """Refuse values that DVC and PyYAML read differently, and dates and merge keys, which mean no setting.

    Raises:
        UserError: naming line, key, both readings and what to write.
    """
    for keys, node in walk(root):
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                _check_node((*keys, str(key.value)), key, where)
        _check_node(keys, node, where)


def _check_node(keys: tuple[str, ...], node: Node, where: Place) -> None:
    place = place_of(where, keys, node)
    if node.tag == f"{_TAG}timestamp":
        raise UserError(f"{place}: {node.value} is a date to YAML; put it in quotes.")
    if node.tag not in _PLAIN_TAGS:
        raise UserError(f"{place}: {node.tag.removeprefix(_TAG)!r} has no meaning here; write plain text or a number.")
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return
    text = node.value
    if len(text) > LONGEST_NUMBER and (node.tag in {f"{_TAG}int", f"{_TAG}float"} or _is_number(text)):
        raise UserError(f"{place}: is a number of {len(text)} characters; write one of at most {LONGEST_NUMBER}.")
    ours, theirs = _pyyaml_reading(node), _dvc_reading(text)
    if type(ours) is type(theirs) and (ours == theirs or (isinstance(ours, float) and math.isnan(ours))):
        return
    choices = list(dict.fromkeys(_written(value) for value in (ours, theirs) if value is not _NOTHING))
    raise UserError(
        f"{place}: {text} is {_named(theirs)} to DVC (YAML 1.2) but {_named(ours)} to PyYAML (YAML 1.1); "
        f"write {' or '.join(choices)}."
    )


def _is_number(text: str) -> bool:
    return bool(_INT.fullmatch(text) or _FLOAT.fullmatch(text))


def _pyyaml_reading(node: Node) -> Any:
    loader = LOADER("")
    try:
        return loader.construct_object(node)
    except ValueError:
        return _NOTHING
    finally:
        loader.dispose()


def _dvc_reading(text: str) -> Any:
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    try:
        if _INT.fullmatch(text):
            return _integer(text.replace("_", ""))
        if _FLOAT.fullmatch(text):
            # Python writes infinity and NaN without the point.
            digits = text.replace("_", "").lower()
            return float(digits.replace(".", "") if digits.endswith(("inf", "nan")) else digits)
    except ValueError:
        return _NOTHING
    return text


def _integer(text: str) -> int:
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    base = {"0b": 2, "0o": 8, "0x": 16}.get(digits[:2], 10)
    return int(sign + (digits if base == 10 else digits[2:]), base)


def _named(value: Any) -> str:
    if value is _NOTHING:
        return "no value"
    if value is None or isinstance(value, bool):
        return _written(value)
    return f"the text {value!r}" if isinstance(value, str) else f"the number {value}"


def _written(value: Any) -> str:
    """The YAML that both read as ``value``."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float):
        mantissa, letter, exponent = repr(value).partition("e")
        return f"{mantissa}{'' if '.' in mantissa or not letter else '.0'}{letter}{exponent}"
    return "null" if value is None else str(value).lower()
