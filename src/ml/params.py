"""The section `ensemble` of params.yaml."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from src.core.errors import UserError
from src.core.params import Section, read_params, read_section
from src.ml.vote import normalised_weights

# They are normalised; larger ones say nothing more.
LARGEST_WEIGHT = 1e6
# A smaller one would be lost in the rounding of the vote.
SMALLEST_SHARE = 1e-9


class EnsembleParams(Section):
    """The vote."""

    weights: dict[str, Annotated[float, Field(ge=0, le=LARGEST_WEIGHT)]]
    threshold: float = Field(gt=0, lt=1)

    @field_validator("weights")
    @classmethod
    def _weights_are_usable(cls, value: dict[str, float]) -> dict[str, float]:
        shares = normalised_weights(value, list(value))
        tiny = [name for name, share in shares.items() if 0 < share < SMALLEST_SHARE]
        if tiny:
            raise ValueError(f"the weight of {tiny[0]} is less than {SMALLEST_SHARE:g} of the sum: set it to 0")
        return value


def read_ensemble(root: Path) -> EnsembleParams:
    """The section `ensemble` of ``root/params.yaml``, its weights those of the section `members`.

    Raises:
        UserError: a bad value, a member without a weight, or a weight without a member.
    """
    params = read_section(root, "ensemble", EnsembleParams)
    members = read_params(root).get("members")
    if not isinstance(members, dict) or set(members) != set(params.weights):
        names = ", ".join(members) if isinstance(members, dict) else "none"
        raise UserError(
            f"{root / 'params.yaml'}: `ensemble.weights` names {', '.join(params.weights)}, but the members are "
            f"{names}; give each member one weight, 0 to leave it out of the vote."
        )
    return params


def refuse_strays(folder: Path, names: Iterable[str]) -> None:
    """Refuse files in ``folder`` that belong to none of the members ``names``.

    The folder is a dependency: with a stray file dvc.lock would hold what no fresh clone can make.

    Raises:
        UserError: it names the first.
    """
    strays = sorted({path.stem for path in folder.glob("[!.]*")} - set(names))
    if strays:
        raise UserError(
            f"{folder} holds {strays[0]}, which is no member in params.yaml; run `make remove-member NAME={strays[0]}`."
        )
