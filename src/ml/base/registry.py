"""Find a member by its name in params.yaml: module ``src.ml.members.<name>``, its one ``Member`` class."""

import importlib
import pkgutil
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.params import read_params
from src.ml.base.member import Member


def member_names() -> list[str]:
    """The names of all adapters, sorted; nothing is imported."""
    return sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parents[1] / "members")]))


def adapter_of(name: str) -> type[Member]:
    """The adapter's class; only its own module is imported.

    Raises:
        UserError: no such adapter.
    """
    if name not in member_names():
        known = ", ".join(member_names())
        raise UserError(f"params.yaml: `members.{name}` has no adapter in src/ml/members; the adapters are {known}.")
    module = importlib.import_module(f"src.ml.members.{name}")
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Member) and value.__module__ == module.__name__
    )


def make_member(name: str, settings: dict[str, Any]) -> Member:
    """An unfitted member.

    Args:
        name: the adapter.
        settings: its block of params.yaml: `inputs` and the estimator's settings.

    Raises:
        UserError: no such adapter, or a setting it does not take.
    """
    try:
        return adapter_of(name)(**settings)
    except ValueError as error:
        raise UserError(f"params.yaml: `members.{name}`: {error}.") from None


def read_member_settings(root: Path, name: str) -> dict[str, Any]:
    """The block `members.<name>` of params.yaml: `inputs` and the estimator's settings.

    Raises:
        UserError: no such block.
    """
    members = read_params(root).get("members")
    if not isinstance(members, dict) or not isinstance(members.get(name), dict):
        raise UserError(f"{root / 'params.yaml'}: the section `members.{name}` is missing; add it.")
    return dict(members[name])
