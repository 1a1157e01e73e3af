"""Find a member by its name in params.yaml: module ``src.ml.members.<name>``, its one ``Member`` class."""

import importlib
import pkgutil
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.params import read_yaml
from src.ml.base.member import Member


def member_names() -> list[str]:
    """The names of all adapters, sorted; nothing is imported."""
    return sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parents[1] / "members")]))


def adapter(name: str) -> type[Member]:
    """The class in the adapter ``name``, one of ``member_names()``; its library is not imported."""
    module = importlib.import_module(f"src.ml.members.{name}")
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Member) and value.__module__ == module.__name__
    )


def make_member(name: str, settings: dict[str, Any]) -> Member:
    """An unfitted member; only its own adapter is imported.

    Args:
        name: the adapter.
        settings: its block of params.yaml: `inputs` and the estimator's settings.

    Raises:
        UserError: no such adapter, or a setting it does not take.
    """
    if name not in member_names():
        raise UserError(f"params.yaml: `members.{name}` has no adapter; there are {', '.join(member_names())}.")
    try:
        return adapter(name)(**settings)
    except ValueError as error:
        raise UserError(f"params.yaml: `members.{name}`: {error}.") from None


def read_member_settings(root: Path, name: str) -> dict[str, Any]:
    """The block `members.<name>` of params.yaml: `inputs` and the estimator's settings.

    Raises:
        UserError: no such block.
    """
    members = (read_yaml(root / "params.yaml") or {}).get("members")
    if not isinstance(members, dict) or not isinstance(members.get(name), dict):
        raise UserError(f"{root / 'params.yaml'}: the section `members.{name}` is missing; add it.")
    return dict(members[name])
