"""Read one section of params.yaml into the model that validates it."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.core.errors import UserError

S = TypeVar("S", bound=BaseModel)


class Section(BaseModel):
    """A section of params.yaml: unknown keys and loose types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_yaml(path: Path) -> Any:
    """The plain content of a YAML file.

    Raises:
        UserError: the file is missing, unreadable or not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path} is missing; restore it with `git checkout -- {path.name}`.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
    return parse_yaml(text, path)


def parse_yaml(text: str, where: Path | str) -> Any:
    """The plain content of YAML text; ``where`` names it in the error.

    Raises:
        UserError: it is not YAML.
    """
    try:
        return YAML(typ="safe", pure=True).load(text)
    except RecursionError:
        raise UserError(f"{where} is nested too deeply to be read; restore it with git.") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "syntax error"
        raise UserError(f"{where}{line} is not valid YAML: {problem}; correct that line.") from None


def read_value(root: Path, key: str) -> Any:
    """What stands at ``key`` (dots descend) of ``root/params.yaml``.

    Raises:
        UserError: nothing stands there.
    """
    path = root / "params.yaml"
    content = read_yaml(path)
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            raise UserError(f"{path}: the section `{key}` is missing; add it (see the comments of that file).")
        content = content[part]
    return content


def read_section(root: Path, key: str, model: type[S]) -> S:
    """The section ``key`` (dots descend) of ``root/params.yaml``, validated.

    Raises:
        UserError: naming the key and what it should be.
    """
    content = read_value(root, key)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join([key, *map(str, first["loc"])])
        got = "" if first["type"] == "missing" else f" (found {first['input']!r})"
        more = f"; {error.error_count() - 1} more problems follow" if error.error_count() > 1 else ""
        message = first["msg"].removeprefix("Value error, ")
        raise UserError(f"{root / 'params.yaml'}: `{name}`: {message}{got}{more}; correct it there.") from None
