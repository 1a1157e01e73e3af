"""Read one section of params.yaml into the model that validates it."""

import reprlib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from src.core.errors import UserError
from src.core.yaml_files import compose, construct, read_text
from src.core.yaml_readings import check_characters, check_readings

PARAMS = "params.yaml"
# Bytes; the bundled one has 12,000.
LARGEST = 1_000_000

S = TypeVar("S", bound=BaseModel)

# Where pydantic's own words do not say what to do.
_SENTENCES = {
    "extra_forbidden": "is not a key of this section",
    "missing": "is missing",
    "model_type": "must be a block of keys",
    "dict_type": "must be a block of keys",
    "finite_number": "must be finite",
}


class Section(BaseModel):
    """A section of params.yaml: unknown keys, loose types, infinities and NaN are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def read_params(root: Path) -> dict[str, Any]:
    """The plain content of ``root/params.yaml``, the same that DVC reads; empty for an empty file.

    Raises:
        UserError: the file is missing, unreadable, too large or not YAML, or DVC would read a value differently.
    """
    path = root / PARAMS
    return parse_params(read_text(path, LARGEST), path)


def parse_params(text: str, where: Path | str) -> dict[str, Any]:
    """As ``read_params``, from the text of the file; ``where`` names it in errors."""
    check_characters(text, where)
    tree = compose(text, where)
    check_readings(tree, where)
    content = construct(tree, where)
    if content is not None and not isinstance(content, dict):
        raise UserError(f"{where} must be made of sections such as `ingest:`; restore it with `git checkout`.")
    return content or {}


def read_value(root: Path, key: str) -> Any:
    """What stands at ``key`` (dots descend) of ``root/params.yaml``.

    Raises:
        UserError: nothing stands there.
    """
    content: Any = read_params(root)
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            raise UserError(f"{root / PARAMS}: the section `{key}` is missing; add it (see the comments of that file).")
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
        got = "" if first["type"] == "missing" else f" (found {reprlib.repr(first['input'])})"
        count = error.error_count() - 1
        more = f"; {count} more problem{'s follow' if count > 1 else ' follows'}" if count else ""
        message = _SENTENCES.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise UserError(f"{root / PARAMS}: `{name}`: {message}{got}{more}; correct it there.") from None
