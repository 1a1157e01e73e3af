"""Find a member by its name in params.yaml: module ``src.ml.members.<name>``, its one ``Member`` class."""

import importlib
import pkgutil
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.params import read_params
from src.ml.base.inputs import INPUT_NAMES
from src.ml.base.member import Member
from src.ml.base.two_headed import HEADS, TwoHeadedMember
from src.ml.base.voter import Voter


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


def make_member(name: str, settings: dict[str, Any], feature_set: str = "twelve") -> Voter:
    """An unfitted member: of `twelve` a classifier, of `wide` one with two heads.

    Args:
        name: the adapter.
        settings: its block of params.yaml: `inputs`, what is different in the head `direction`, and the estimator's
            settings. A head has inputs of its own; `rising` is for the head that asks whether the price will move.
        feature_set: `features.set`.

    Raises:
        UserError: no such adapter, or a setting it does not take.
    """
    adapter, given = adapter_of(name), dict(settings)
    different = given.pop("direction", {})
    try:
        if not isinstance(different, dict):
            raise ValueError("direction must be a block of settings")  # noqa: TRY004, a setting like any other
        if given.get("inputs") in HEADS:
            raise ValueError(f"inputs: {given['inputs']} is what a head of `features.set: wide` sees; leave it out")
        wide = feature_set == "wide"
        # A name that no head knows goes to the first, which refuses it.
        dropped = given.get("without", ())
        own = [name for name in dropped if name in INPUT_NAMES["direction"]] if isinstance(dropped, list) else []
        shared = {key: value for key, value in given.items() if key not in ("inputs", "rising")} | {"without": own}
        if wide and own:
            given["without"] = [name for name in dropped if name not in own]
        member = adapter(**given | ({"inputs": "move"} if wide else {}))
        # Made for `twelve` too: a wrong setting is found before the set is changed.
        direction = adapter(**shared | different | {"inputs": "direction"})
        return TwoHeadedMember(member, direction) if wide else member
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
