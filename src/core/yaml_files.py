"""Read YAML into plain content with PyYAML's safe loader; anything else is refused in one sentence."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from src.core.errors import UserError
from src.core.files import NotRegular, open_regular

# The one in C where PyYAML was built with it: ten times as fast.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Bytes; the largest that is written here, dvc.lock, has a few thousand.
LARGEST = 16_000_000
# dvc.yaml and dvc.lock need 7.
DEEPEST = 40

Place = Path | str
Node = Any


def read_yaml(path: Path) -> Any:
    """The plain content of a YAML file.

    Raises:
        UserError: the file is missing, unreadable or too large, or as in ``parse_yaml``.
    """
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, where: Place) -> Any:
    """The plain content of YAML text; ``where`` names it in the error.

    Raises:
        UserError: it is not YAML, has anchors or tags, a key twice or a key that is no text, or is nested too deeply.
    """
    return construct(compose(text, where), where)


def read_text(path: Path, largest: int = LARGEST) -> str:
    """The text of a regular UTF-8 file of at most ``largest`` bytes.

    Raises:
        UserError: it is not such a file.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > largest:
                raise UserError(f"{path} has {size} bytes, more than the {largest} that are read; shorten it.")
            return io.TextIOWrapper(file, encoding="utf-8").read()
    except NotRegular:
        raise UserError(f"{path} is not a regular file; restore it with `git checkout -- {path.name}`.") from None
    except FileNotFoundError:
        raise UserError(f"{path} is missing; restore it with `git checkout -- {path.name}`.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def compose(text: str, where: Place) -> Node | None:
    """The tree of YAML text, without anchors, so that it is as large as it looks; None where there is no document.

    Raises:
        UserError: as in ``parse_yaml``.
    """
    try:
        _check_events(text, where)
        root = yaml.compose(text, LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # The loader in C points one line past the end where the text is cut off.
        line = f", line {min(mark.line + 1, max(1, len(text.splitlines())))}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "syntax error"
        raise UserError(f"{where}{line} is not valid YAML: {problem}; correct that line.") from None
    except UnicodeEncodeError:
        raise UserError(f"{where} holds a lone surrogate, which is no character; take it out.") from None
    for keys, node in walk(root):
        if isinstance(node, yaml.MappingNode):
            _check_keys(keys, node, where)
        elif isinstance(node, yaml.ScalarNode) and any("\ud800" <= sign <= "\udfff" for sign in node.value):
            raise UserError(
                f"{place_of(where, keys, node)}: holds a lone surrogate, which is no character; take it out."
            )
    return root


def construct(root: Node | None, where: Place) -> Any:
    """The plain content of a tree.

    Raises:
        UserError: a value that no type of Python holds, such as the date 2019-13-45.
    """
    if root is None:
        return None
    loader = LOADER("")
    try:
        return loader.construct_document(root)
    except yaml.YAMLError as error:
        raise UserError(f"{where} cannot be read: {getattr(error, 'problem', None) or error}; correct it.") from None
    except (ValueError, OverflowError) as error:
        raise UserError(f"{where} holds a value that cannot be read ({error}); correct it.") from None
    finally:
        loader.dispose()


def walk(node: Node | None, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every node of a tree with the keys that lead to it; the keys of mappings themselves are not among them."""
    if node is None:
        return
    yield keys, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from walk(value, (*keys, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from walk(value, (*keys, str(position)))


def place_of(where: Place, keys: tuple[str, ...], node: Node) -> str:
    """Where a node stands: file, line and key."""
    return f"{where}, line {node.start_mark.line + 1}" + (f": `{'.'.join(keys)}`" if keys else "")


def _check_events(text: str, where: Place) -> None:
    # Before the tree is made: an alias in it can stand for a billion nodes, and making it recurses.
    depth = 0
    event: Any
    for event in yaml.parse(text, LOADER):
        line = f"{where}, line {event.start_mark.line + 1}"
        if getattr(event, "anchor", None) is not None:
            raise UserError(f"{line}: anchors (&) and aliases (*) are not read here; write the value out.")
        if getattr(event, "tag", None) is not None:
            raise UserError(f"{line}: the tag {event.tag!r} has no meaning here; take it out.")
        if getattr(event, "version", None) is not None or getattr(event, "tags", None):
            raise UserError(f"{line}: a directive (%) has no meaning here; take it out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise UserError(f"{line}: is nested too deeply to be read (more than {DEEPEST} levels); correct it.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_keys(keys: tuple[str, ...], mapping: Node, where: Place) -> None:
    seen = set()
    for key, _ in mapping.value:
        if key.tag != "tag:yaml.org,2002:str":
            what = key.value if isinstance(key, yaml.ScalarNode) else "a list or block"
            raise UserError(f"{place_of(where, keys, key)}: the key {what!r} is not text; put it in quotes.")
        if key.value in seen:
            raise UserError(f"{place_of(where, keys, key)}: the key {key.value!r} stands there twice; take one out.")
        seen.add(key.value)
